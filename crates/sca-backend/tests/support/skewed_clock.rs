//! A library for `LD_PRELOAD` that shifts a program's time of day by `SECONDS`. The test that uses it writes that constant into this
//! source and compiles it.

#![allow(missing_docs)]

use std::ffi::{c_int, c_long};

#[repr(C)]
pub struct Time {
    seconds: c_long,
    nanoseconds: c_long,
}

unsafe extern "C" {
    fn syscall(number: c_long, ...) -> c_long;
}

#[cfg(target_arch = "x86_64")]
const CLOCK_GETTIME: c_long = 228;
#[cfg(target_arch = "aarch64")]
const CLOCK_GETTIME: c_long = 113;
const TIME_OF_DAY: c_int = 0;

/// # Safety
/// As the C library's own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn clock_gettime(clock: c_int, time: *mut Time) -> c_int {
    let done = unsafe { syscall(CLOCK_GETTIME, clock, time) };
    if done == 0 && clock == TIME_OF_DAY {
        unsafe { (*time).seconds += SECONDS };
    }
    done as c_int
}
