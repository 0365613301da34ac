use std::{
    pin::Pin,
    task::{Context, Poll},
};

use futures_util::stream::Stream;

use super::SendWrapper;

impl<T> SendWrapper<T> {
    fn project(self: Pin<&mut Self>) -> Pin<&mut T> {
        self.check();
        // SAFETY: the value is never moved while it is pinned: `take` needs the wrapper by value.
        unsafe { self.map_unchecked_mut(|this| &mut *this.value) }
    }
}

impl<F: Future> Future for SendWrapper<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        self.project().poll(context)
    }
}

impl<S: Stream> Stream for SendWrapper<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<S::Item>> {
        self.project().poll_next(context)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let stream: &S = self;
        stream.size_hint()
    }
}
