//! The walk through all worlds.

use std::{
    collections::{HashMap, VecDeque},
    rc::Rc,
};

use super::{super::machine::Ignored, backend::Backend, world::World};
use crate::{Outcome, Timestamp};

/// Walks every world and checks that each can come to an end. Answers how many there were.
pub(super) fn walk(backend: Backend, times: &'static [Timestamp]) -> usize {
    let first = Rc::new(World::new(backend, times).renamed());
    let mut numbers = HashMap::from([(Rc::clone(&first), 0_usize)]);
    let mut came_from: Vec<Vec<usize>> = vec![Vec::new()];
    let mut ended = Vec::new();
    let mut queue = VecDeque::from([(0_usize, first)]);
    let mut approved = false;
    while let Some((number, world)) = queue.pop_front() {
        world.assert_sound();
        if let Some(outcome) = &world.settled {
            approved |= *outcome == Outcome::Approved;
            ended.push(number);
            for event in world.customer_and_world_events() {
                assert_eq!(
                    world.flow.clone().handle(event, world.now()).unwrap_err(),
                    Ignored::Settled
                );
            }
            continue;
        }
        for next in world.next() {
            let next = next.renamed();
            if let Some(known) = numbers.get(&next) {
                came_from[*known].push(number);
                continue;
            }
            let next = Rc::new(next);
            queue.push_back((came_from.len(), Rc::clone(&next)));
            numbers.insert(next, came_from.len());
            came_from.push(vec![number]);
        }
    }
    let mut can_end = vec![false; came_from.len()];
    let mut queue = ended;
    while let Some(number) = queue.pop() {
        if !std::mem::replace(&mut can_end[number], true) {
            queue.extend(&came_from[number]);
        }
    }
    assert!(
        can_end.iter().all(|can_end| *can_end),
        "a state from which no end can be reached"
    );
    assert!(approved, "the model never gets to approved: it proves nothing");
    can_end.len()
}
