//! Panics without messages. A module that panics tells the page that it has crashed; nobody would read why. The standard library
//! is compiled already when we get it, with a call of what composes messages in each panic, so this is cut in the finished module.

use anyhow::{Context, Result, bail};
use walrus::{FunctionBuilder, FunctionId, FunctionKind, LocalFunction, Module};

/// Has every panic call the function that the module exports as `crashed`. What only composed messages is no longer reachable then, and `wasm-opt` drops it.
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
    replace(module, panic, crashed);
    Ok(())
}

/// Has a function do nothing but call another one and stop.
fn replace(module: &mut Module, function: FunctionId, instead: FunctionId) {
    let ty = module.funcs.get(function).ty();
    let (parameters, results) = module.types.params_results(ty);
    let (parameters, results) = (parameters.to_vec(), results.to_vec());
    let mut builder = FunctionBuilder::new(&mut module.types, &parameters, &results);
    builder.func_body().call(instead).unreachable();
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
