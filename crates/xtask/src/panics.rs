//! Panics without messages. A module that panics reports a crash to the page; the customer sees no message. The standard library is
//! already compiled with the code that formats messages, so this module cuts that code out of the finished wasm module.

use std::collections::HashSet;

use anyhow::{Context, Result, bail, ensure};
use walrus::ir::{self, Instr, InstrLocId, InstrSeqId, Visitor};
use walrus::{FunctionBuilder, FunctionId, FunctionKind, LocalFunction, Module};

/// Makes every panic call the exported function `crashed`, and removes the code that formats messages.
pub(crate) fn cut_short(module: &mut Module) -> Result<()> {
    let crashed = module
        .exports
        .get_func("crashed")
        .context("the module does not export `crashed`")?;
    let [_] = *named(module, |name| {
        name.starts_with("core[") && name.ends_with("]::panicking::panic_fmt")
    }) else {
        bail!("panics do not end in one function of core any more: see crates/xtask/src/panics.rs");
    };
    // That function, and those that only compose a message for it: without them wasm-opt finds out that no message is used.
    for panic in panicking(module) {
        replace(module, panic, Some(crashed));
    }

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
    Ok(())
}

/// The functions of the compiled standard library that never return.
fn panicking(module: &Module) -> Vec<FunctionId> {
    let functions = module
        .funcs
        .iter_local()
        .filter(|(_, function)| never_returns(function));
    let ids = functions.map(|(id, _)| id);
    let is_of_library = |name: &str| ["core[", "alloc[", "std["].iter().any(|library| name.contains(library));
    ids.filter(|id| is_of_library(&name(module, *id))).collect()
}

/// Whether a function ends in a trap and has no way out before it.
fn never_returns(function: &LocalFunction) -> bool {
    let entry = function.entry_block();
    let mut ways_out = WaysOut { entry, found: false };
    ir::dfs_in_order(&mut ways_out, function, entry);
    let last = function.block(entry).instrs.last();
    matches!(last, Some((Instr::Unreachable(_), _))) && !ways_out.found
}

/// Finds instructions that end a function without a trap.
struct WaysOut {
    entry: InstrSeqId,
    found: bool,
}

impl Visitor<'_> for WaysOut {
    fn visit_instr(&mut self, instruction: &Instr, _: &InstrLocId) {
        let goes_on_elsewhere = instruction.following_instructions_are_unreachable();
        self.found |= if let Instr::Br(branch) = instruction {
            branch.block == self.entry
        } else if let Instr::BrIf(branch) = instruction {
            branch.block == self.entry
        } else if let Instr::BrTable(branch) = instruction {
            branch.default == self.entry || branch.blocks.contains(&self.entry)
        } else {
            goes_on_elsewhere && !matches!(instruction, Instr::Unreachable(_))
        };
    }
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
    fn a_function_that_can_return_is_no_panic() {
        let mut module = Module::default();
        for (returns_early, is_panic) in [(false, true), (true, false)] {
            let mut builder = FunctionBuilder::new(&mut module.types, &[], &[]);
            let mut body = builder.func_body();
            if returns_early {
                let entry = body.id();
                body.i32_const(1).br_if(entry);
            }
            body.unreachable();
            let id = builder.finish(vec![], &mut module.funcs);
            let function = module.funcs.iter_local().find(|(local, _)| *local == id).unwrap().1;
            assert_eq!(never_returns(function), is_panic);
        }
    }
}
