//! Panics without messages. A module that panics tells the page that it has crashed; nobody would read why. The standard library
//! is compiled already when we get it, with all that composes messages, so this is cut out of the finished module.

use std::collections::HashSet;

use anyhow::{Context, Result, bail, ensure};
use walrus::ir::Value;
use walrus::ir::{self, Visitor};
use walrus::{ConstExpr, Data, DataKind, FunctionBuilder, FunctionId, FunctionKind, LocalFunction, Module};

/// How many bytes a place in the sources takes.
const PLACE: usize = 16;

/// Has every panic call the function that the module exports as `crashed`, and takes out what would have made its message.
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

    // Vtables hold these, so that wasm-opt cannot see that nobody calls them.
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
            "{} calls {}: the widget writes texts without `format!` and its like, which cost the download 3 KB",
            name(module, id),
            called.unwrap_or_default()
        );
    }
    for maker in makers {
        replace(module, maker, None);
    }
    let segments: Vec<_> = module.data.iter().map(Data::id).collect();
    for segment in segments {
        let segment = module.data.get_mut(segment);
        if let DataKind::Active {
            offset: ConstExpr::Value(Value::I32(start)),
            ..
        } = segment.kind
        {
            forget_places(u32::try_from(start)?, &mut segment.value);
        }
    }
    Ok(())
}

/// Wipes where in the sources panics come from: the address and the length of a file's name, a line and a column, each in four bytes;
/// and the names.
fn forget_places(start: u32, data: &mut [u8]) {
    let mut wiped = Vec::new();
    for (place, words) in data.windows(PLACE).enumerate().step_by(4) {
        let (words, _) = words.as_chunks::<4>();
        let [address, length, ..] = *words else { continue };
        let name = u32::from_le_bytes(address)
            .checked_sub(start)
            .and_then(|from| usize::try_from(from).ok());
        let name = name.zip(usize::try_from(u32::from_le_bytes(length)).ok());
        let name = name.and_then(|(from, length)| Some(from..from.checked_add(length)?));
        if let Some(name) = name.filter(|name| data.get(name.clone()).is_some_and(is_source)) {
            wiped.extend([place..place + PLACE, name]);
        }
    }
    for range in wiped {
        if let Some(bytes) = data.get_mut(range) {
            bytes.fill(0);
        }
    }
}

fn is_source(name: &[u8]) -> bool {
    name.ends_with(b".rs") && name.iter().all(u8::is_ascii_graphic)
}

/// Whether a function only makes messages: it formats, or holds what a panic was about.
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

/// Has a function do nothing but call another one and stop.
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
    use super::forget_places;

    #[test]
    fn only_places_in_sources_are_wiped() {
        let start = 4096_u32;
        let place = |address: u32, length: u32| [address, length, 12, 5].map(u32::to_le_bytes).concat();
        let texts = b"src/one.rs\0a text.";
        let mut data = [place(start + 32, 10), place(start + 43, 7), texts.to_vec()].concat();
        forget_places(start, &mut data);
        let (first, rest) = data.split_at(16);
        assert!(first.iter().all(|byte| *byte == 0));
        assert!(rest.starts_with(&place(start + 43, 7)));
        assert!(data.ends_with(b"\0\0\0a text."));
        assert!(!data.windows(3).any(|three| three == b".rs"));
    }
}
