//! `GET .../one-time-token/status`: what is left to prove.

use super::{customer, named_token};
use crate::answer::Answer;
use crate::wise::call::Call;
use crate::wise::world::World;

pub(super) fn show(world: &World, call: &Call, user: u64) -> Answer {
    match try_show(world, call, user) {
        Ok(answer) | Err(answer) => answer,
    }
}

fn try_show(world: &World, call: &Call, user: u64) -> Result<Answer, Answer> {
    let id = named_token(world, call, user)?;
    let customer = customer(world, user)?;
    let token = world.one_time_tokens.get(&id).ok_or_else(Answer::unexpected)?;
    Ok(Answer::ok(&token.wrapped(&customer.behaviour, world.now_of(customer))))
}
