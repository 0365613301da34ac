//! An allocator that wipes memory when it is freed, so that copies of digits in libraries are wiped too.

use std::alloc::System;

use zeroizing_alloc::ZeroAlloc;

#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);
