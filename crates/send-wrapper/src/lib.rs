//! Replaces the crate of this name, in which Leptos keeps the browser's values.
//!
//! A [`SendWrapper`] may be sent to another thread and refuses to be used there. The published crate identifies a thread by std's
//! handle, with its allocation, name and reference count: 1.2 KB of every download, in a module with one thread. This crate uses a
//! number that is unique to the thread. It promises and checks the same.

use std::{
    fmt,
    mem::ManuallyDrop,
    ops::{Deref, DerefMut},
    sync::atomic::{AtomicU64, Ordering},
};

#[cfg(feature = "futures")]
mod futures;

/// A value that can be sent to another thread, but used and dropped only on the thread that created it.
pub struct SendWrapper<T> {
    value: ManuallyDrop<T>,
    thread: u64,
}

// SAFETY: the value is reached only through `Deref`, `DerefMut`, `take`, `Drop` and polling, and all of them first check that they
// run on the thread that created it.
unsafe impl<T> Send for SendWrapper<T> {}
// SAFETY: as above: a shared reference gives access to the value only on the thread that created it.
unsafe impl<T> Sync for SendWrapper<T> {}

/// A number that is unique to this thread.
fn this_thread() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    thread_local!(static NUMBER: u64 = NEXT.fetch_add(1, Ordering::Relaxed));
    NUMBER.with(|number| *number)
}

impl<T> SendWrapper<T> {
    /// Wraps a value of this thread.
    pub fn new(value: T) -> Self {
        Self {
            value: ManuallyDrop::new(value),
            thread: this_thread(),
        }
    }

    /// Whether this is the value's thread.
    #[must_use]
    pub fn valid(&self) -> bool {
        self.thread == this_thread()
    }

    /// Returns the value.
    ///
    /// # Panics
    /// On another thread than the value's.
    #[must_use]
    pub fn take(self) -> T {
        self.check();
        let mut this = ManuallyDrop::new(self);
        // SAFETY: this is the value's thread, and the wrapper, which is not dropped any more, is not used again.
        unsafe { ManuallyDrop::take(&mut this.value) }
    }

    fn check(&self) {
        assert!(self.valid(), "a value was used on another thread than its own");
    }
}

impl<T> Deref for SendWrapper<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.check();
        &self.value
    }
}

impl<T> DerefMut for SendWrapper<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.check();
        &mut self.value
    }
}

impl<T> Drop for SendWrapper<T> {
    fn drop(&mut self) {
        if !std::mem::needs_drop::<T>() || self.valid() {
            // SAFETY: this is the value's thread, or the value needs no drop; and the value is dropped only here.
            unsafe { ManuallyDrop::drop(&mut self.value) }
        } else if !std::thread::panicking() {
            panic!("a value was dropped on another thread than its own");
        }
    }
}

impl<T: Clone> Clone for SendWrapper<T> {
    fn clone(&self) -> Self {
        Self::new(T::clone(self))
    }
}

impl<T: fmt::Debug> fmt::Debug for SendWrapper<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("SendWrapper").field(&**self).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::{mem::ManuallyDrop, panic::AssertUnwindSafe, rc::Rc, thread};

    use super::SendWrapper;

    #[test]
    fn on_its_own_thread_a_value_is_as_it_was() {
        let mut wrapped = SendWrapper::new(Rc::new(41));
        *Rc::get_mut(&mut wrapped).unwrap() += 1;
        let other = wrapped.clone();
        assert_eq!((**wrapped, Rc::strong_count(&other)), (42, 2));
        drop(other);
        assert_eq!(Rc::try_unwrap(wrapped.take()), Ok(42));
    }

    #[test]
    fn on_another_thread_it_can_be_neither_read_nor_written_nor_taken_nor_dropped() {
        let uses: [fn(&mut Kept); 4] = [
            |wrapped| assert_eq!(***wrapped.clone(), 7),
            |wrapped| assert_eq!(Rc::strong_count(wrapped), 1),
            |wrapped| assert!(Rc::get_mut(wrapped).is_some()),
            |wrapped| {
                assert_eq!(
                    *ManuallyDrop::into_inner(std::mem::replace(wrapped, made_here())).take(),
                    7
                )
            },
        ];
        for how in uses {
            let mut wrapped = made_here();
            assert!(thread::spawn(move || how(&mut wrapped)).join().is_err());
        }
        let wrapped = SendWrapper::new(Rc::new(7));
        assert!(thread::spawn(move || drop(wrapped)).join().is_err());
    }

    /// Not dropped, so that only the use itself can panic.
    type Kept = ManuallyDrop<SendWrapper<Rc<u8>>>;

    fn made_here() -> Kept {
        ManuallyDrop::new(SendWrapper::new(Rc::new(7)))
    }

    #[test]
    fn a_thread_that_has_ended_is_nobody_elses() {
        let wrapped = thread::spawn(|| SendWrapper::new(Rc::new(7))).join().unwrap();
        for _ in 0..100 {
            let valid = thread::scope(|scope| scope.spawn(|| wrapped.valid()).join().unwrap());
            assert!(!valid);
        }
        assert!(!wrapped.valid());
        assert!(std::panic::catch_unwind(AssertUnwindSafe(|| drop(wrapped))).is_err());
    }
}
