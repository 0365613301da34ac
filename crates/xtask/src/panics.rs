//! Panics without messages. A module that panics reports a crash to the page; the customer sees no message. The standard library is
//! already compiled with the code that formats messages, so this module cuts that code out of the finished wasm module.

use std::collections::HashSet;

use anyhow::{Context, Result, bail, ensure};
use walrus::ir::{self, Visitor};
use walrus::{FunctionBuilder, FunctionId, FunctionKind, LocalFunction, Module};

/// Makes every panic call the exported function `crashed`, and removes the code that formats messages.
pub(crate) fn cut_short(module: &mut Module) -> Result<()> {
    let crashed = module
        .exports
        .get_func("crashed")
        .context("the module does not export `crashed`")?;
    let [panic] = *named(module, |name| {
        name.starts_with("core[") && name.ends_with("]::panicking::panic_fmt")
    }) else {
        bail!("panics do not end in one function of core any more: see crates/xtask/src/panics.rs");
    };
    replace(module, panic, Some(crashed));

    // Vtables refer to these functions, so wasm-opt cannot find out that they are unused.
    let makers: HashSet<_> = named(module, makes_messages).iter().copied().collect();
    for (id, function) in module.funcs.iter_local() {
        if makers.contains(&id) {
            continue;
        }
        let mut calls = Calls(&makers, None);
        ir::dfs_in_order(&mut calls, function, function.entry_block());
        let called = calls.1.map(|called| name(module, called));
        ensure!(
            called.is_none(),
            "{} calls {}: the widget writes texts without `format!` and its like, which cost the download several KB",
            name(module, id),
            called.unwrap_or_default()
        );
    }
    for maker in makers {
        replace(module, maker, None);
    }
    let segments: Vec<_> = module.data.iter().map(|segment| segment.id()).collect();
    for segment in segments {
        blank_locations(&mut module.data.get_mut(segment).value);
    }
    Ok(())
}

/// The beginnings of the paths by which panics name source files, after the remapping of the build.
const FOLDERS: [&[u8]; 4] = [b"/rustc/", b"/rust/deps/", b"crates/", b"src/"];

/// Overwrites the names of source files, which only messages would show, with zeros.
fn blank_locations(data: &mut [u8]) {
    let mut rest = data;
    while !rest.is_empty() {
        let (done, next) = rest.split_at_mut(location_at(rest).unwrap_or(1));
        if done.len() > 1 {
            done.fill(0);
        }
        rest = next;
    }
}

/// The length of the source file's name that some data begin with.
fn location_at(data: &[u8]) -> Option<usize> {
    let is_of_path = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'-' | b'_');
    let path = data.iter().take_while(|byte| is_of_path(byte)).count();
    let end = data
        .windows(3)
        .take(path.saturating_sub(2))
        .position(|end| end == b".rs")?;
    FOLDERS.iter().any(|folder| data.starts_with(folder)).then_some(end + 3)
}

/// Whether a function only serves panic messages.
fn makes_messages(name: &str) -> bool {
    name.contains("::fmt") || name.contains("PanicPayload>::")
}

/// Finds direct calls of some functions.
struct Calls<'a>(&'a HashSet<FunctionId>, Option<FunctionId>);

impl Visitor<'_> for Calls<'_> {
    fn visit_function_id(&mut self, function: &FunctionId) {
        if self.0.contains(function) {
            self.1 = Some(*function);
        }
    }
}

/// Replaces a function's body by a call of another function and a trap.
fn replace(module: &mut Module, function: FunctionId, instead: Option<FunctionId>) {
    let ty = module.funcs.get(function).ty();
    let (parameters, results) = module.types.params_results(ty);
    let (parameters, results) = (parameters.to_vec(), results.to_vec());
    let mut builder = FunctionBuilder::new(&mut module.types, &parameters, &results);
    let mut body = builder.func_body();
    if let Some(instead) = instead {
        body.call(instead);
    }
    body.unreachable();
    let arguments = parameters.iter().map(|kind| module.locals.add(*kind)).collect();
    module.funcs.get_mut(function).kind = FunctionKind::Local(builder.local_func(arguments));
}

fn named(module: &Module, wanted: impl Fn(&str) -> bool) -> Box<[FunctionId]> {
    let functions = module.funcs.iter_local().map(|(id, _): (_, &LocalFunction)| id);
    functions.filter(|id| wanted(&name(module, *id))).collect()
}

fn name(module: &Module, function: FunctionId) -> String {
    module.funcs.get(function).name.clone().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_source_files_are_blanked_and_nothing_else() {
        let mut data =
            *b"src and crates/a-1/src/b_c.rs/rustc/0a/library/core/src/cell.rsindex is 'src/ui/x.css'data:,src/lib.rs.";
        blank_locations(&mut data);
        let left: Vec<u8> = data.iter().copied().filter(|byte| *byte != 0).collect();
        assert_eq!(String::from_utf8_lossy(&left), "src and index is 'src/ui/x.css'data:,.");
    }
}
