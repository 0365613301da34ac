//! The browser's implementation of the ports, and the complete widget on top of it.

mod camera;
mod cipher;
mod formats;
mod frame;
mod http;
mod json;
mod mounting;
mod page;
mod time;
