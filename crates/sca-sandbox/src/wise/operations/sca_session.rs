//! `POST .../sca-sessions/authorise`: a one-time token that, once cleared, frees low-risk calls for five minutes.

use super::customer;
use crate::answer::Answer;
use crate::wise::call::Call;
use crate::wise::one_time_token::Purpose;
use crate::wise::protection;
use crate::wise::world::World;

pub(super) fn authorise(world: &mut World, call: &Call, user: u64) -> Answer {
    match try_authorise(world, call, user) {
        Ok(answer) | Err(answer) => answer,
    }
}

fn try_authorise(world: &mut World, call: &Call, user: u64) -> Result<Answer, Answer> {
    let customer = customer(world, user)?.clone();
    let now = world.now_of(&customer);
    let id = protection::create(world, call, &customer, now, Purpose::Session, None)?;
    let token = world.one_time_tokens.get(&id).ok_or_else(Answer::unexpected)?;
    Ok(Answer::ok(&token.wrapped_bare(&customer.behaviour, now)))
}
