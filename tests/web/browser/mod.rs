//! The ports as a browser fills them in, and the widget put together on top of them.

mod camera;
mod cipher;
mod formats;
mod frame;
mod http;
mod json;
mod mounting;
mod page;
mod time;
