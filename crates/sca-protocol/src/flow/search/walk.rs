//! The breadth-first search through all worlds.

use std::{
    collections::{HashMap, VecDeque},
    hash::{BuildHasher, Hash, Hasher},
    rc::Rc,
};

use rustc_hash::FxBuildHasher;

use super::{super::machine::Ignored, backend::Backend, world::World};
use crate::{Outcome, Timestamp};

/// A world with its hash, which would otherwise be computed again at each lookup and whenever the map grows.
#[derive(Clone)]
struct Hashed {
    hash: u64,
    world: Rc<World>,
}

impl Hashed {
    fn new(world: World) -> Self {
        Self {
            hash: FxBuildHasher.hash_one(&world),
            world: Rc::new(world),
        }
    }
}

impl PartialEq for Hashed {
    fn eq(&self, other: &Self) -> bool {
        self.hash == other.hash && self.world == other.world
    }
}

impl Eq for Hashed {}

impl Hash for Hashed {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

/// Visits every world and checks that each can reach an end. Returns their number.
pub(super) fn walk(backend: Backend, times: &'static [Timestamp]) -> usize {
    let first = Hashed::new(World::new(backend, times).renamed());
    let mut queue = VecDeque::from([(0_usize, Rc::clone(&first.world))]);
    let mut numbers: HashMap<_, _, FxBuildHasher> = HashMap::from_iter([(first, 0_usize)]);
    let mut came_from: Vec<Vec<usize>> = vec![Vec::new()];
    let mut ended = Vec::new();
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
            let next = Hashed::new(next.renamed());
            if let Some(known) = numbers.get(&next) {
                came_from[*known].push(number);
                continue;
            }
            queue.push_back((came_from.len(), Rc::clone(&next.world)));
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
    assert!(approved, "the model never reaches approved: it proves nothing");
    can_end.len()
}
