//! The order of a flow's events.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
};

/// Events that are handled one after the other. One that arrives while another is being handled waits for its turn.
pub(crate) struct Queue<E> {
    waiting: RefCell<VecDeque<E>>,
    is_handling: Cell<bool>,
}

impl<E> Default for Queue<E> {
    fn default() -> Self {
        Self {
            waiting: RefCell::default(),
            is_handling: Cell::new(false),
        }
    }
}

impl<E> Queue<E> {
    /// Handles an event, and those that arrive meanwhile.
    pub(crate) fn dispatch(&self, event: E, handle: impl Fn(E)) {
        self.waiting.borrow_mut().push_back(event);
        if self.is_handling.replace(true) {
            return;
        }
        loop {
            let next = self.waiting.borrow_mut().pop_front();
            let Some(event) = next else {
                break;
            };
            handle(event);
        }
        self.is_handling.set(false);
    }
}
