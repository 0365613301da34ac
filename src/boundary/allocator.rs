//! Memory that holds nothing once it is given back: a digit that a library copied somewhere is gone with the copy.

use std::alloc::System;

use zeroizing_alloc::ZeroAlloc;

#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);
