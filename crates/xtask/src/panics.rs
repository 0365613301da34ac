//! Panics without messages. A module that panics reports a crash to the page; the customer sees no message. The standard library is
//! already compiled with the code that formats messages, so this module cuts that code out of the finished wasm module.

use std::collections::HashSet;

use anyhow::{Context, Result, bail, ensure};
use walrus::ir::{self, Instr, InstrLocId, InstrSeqId, Value, Visitor};
use walrus::{ConstExpr, Data, DataKind, FunctionBuilder, FunctionId, FunctionKind, LocalFunction, Module};

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
    blank_messages(module)?;
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

/// The beginnings of the paths by which panics name source files, after the remapping of the build.
const FOLDERS: [&[u8]; 4] = [b"/rustc/", b"/rust/deps/", b"crates/", b"src/"];

/// Messages of panics, and a few of errors and exceptions, in the libraries that the module is made of. Nothing that a customer sees uses these
/// texts. One that a library does not have
/// any more can be removed here.
const MESSAGES: [&[u8]; 59] = [
    b"Executor::spawn called, but no global 'spawn' function is configured.",
    b"Executor::spawn_local called, but no global 'spawn_local' function is configured.",
    b"Tried to access a reactive value that has already been disposed.",
    b"attempted to take ownership of Rust value while it was borrowed",
    b"recursive use of an object detected which would lead to unsafe aliasing in rust",
    b"cannot access a Thread Local Storage value during or after destruction: ",
    b"attempt to join into collection with len > usize::MAX",
    b"attempt to calculate the remainder with a divisor of zero",
    b"attempt to divide by zero",
    b"assertion failed: psize >= size + min_overhead",
    b"assertion failed: psize <= size + max_overhead",
    b"assertion failed: slot.is_none()",
    b"copy_from_slice: source slice length (",
    b") does not match destination slice length (",
    b" out of range for slice of length ",
    b"index out of bounds: the len is ",
    b"slice index starts at ",
    b"range start index ",
    b"range end index ",
    b"Hash table capacity overflow",
    b"RefCell already mutably borrowed",
    b"RefCell already borrowed",
    b"`async fn` resumed after completion",
    b"FnOnce called more than once",
    b"finish: callbacks should be Some",
    b"finish: result should be None",
    b"Arc counter overflow",
    b"capacity overflow",
    b"index not found",
    b"removal index (is ",
    b") should be < len (is ",
    b"assertion `left ",
    b" but the index is ",
    b"mid > len",
    b"Dropped SendWrapper<T> variable from a thread different to the one it has been created with.",
    b"Dereferenced SendWrapper<T> variable from a thread different to the one it has been created with.",
    b"cannot modify the panic hook from a panicking thread",
    b"use of std::thread::current() is not possible after the thread's local data has been destroyed",
    b"failed to generate unique thread ID: bitspace exhausted",
    b"Attempted to initialize thread-local while it is being dropped",
    b"one-time initialization may not be performed recursively",
    b"null pointer passed to rust",
    b"internal error: entered unreachable code: The JS binding should only ever produce a valid value or the specific 'invalid' value",
    b"LazyCell instance has previously been poisoned",
    b"closure invoked recursively or after being dropped",
    b"internal error: entered unreachable code",
    b"Tried to shrink to a larger capacity",
    b"inner is None only in drop",
    b"cannot poll Select twice",
    b"Erased: type mismatch",
    b"InvalidLengthError",
    b"input is too big",
    b"encoding error",
    b" right` failed",
    b" but ends at ",
    b"called `Option::unwrap_throw()` on a `None` value",
    b"called `Result::unwrap_throw()` on an `Err` value",
    b"called `Option::unwrap()` on a `None` value",
    b"called `Result::unwrap()` on an `Err` value",
];

/// Overwrites the texts of messages with zeros.
fn blank_texts(data: &mut [u8]) {
    for message in MESSAGES {
        let mut start = 0;
        while let Some(text) = data.get_mut(start..start + message.len()) {
            if text == message {
                text.fill(0);
            }
            start += 1;
        }
    }
}

/// Overwrites what only messages would show with zeros: places in source files, and texts.
fn blank_messages(module: &mut Module) -> Result<()> {
    let segments: Vec<_> = module.data.iter().map(Data::id).collect();
    let mut names = HashSet::new();
    for segment in &segments {
        let segment = module.data.get_mut(*segment);
        let start = address(segment)?;
        names.extend(blank_names(&mut segment.value).map(|(offset, length)| (start + offset, length)));
    }
    for segment in segments {
        let data = &mut module.data.get_mut(segment).value;
        blank_places(data, &names);
        blank_texts(data);
    }
    Ok(())
}

/// Where the compiler has put a data segment in memory.
fn address(segment: &Data) -> Result<usize> {
    match segment.kind {
        DataKind::Active {
            offset: ConstExpr::Value(Value::I32(offset)),
            ..
        } => Ok(usize::try_from(offset)?),
        DataKind::Active { .. } | DataKind::Passive => bail!("a data segment has no fixed place in memory"),
    }
}

/// Overwrites the names of source files, and returns the offset and the length of each.
fn blank_names(data: &mut [u8]) -> impl Iterator<Item = (usize, usize)> {
    let mut names = Vec::new();
    let mut offset = 0;
    while let Some(rest) = data.get_mut(offset..).filter(|rest| !rest.is_empty()) {
        let length = location_at(rest);
        if let Some(name) = length.and_then(|length| rest.get_mut(..length)) {
            names.push((offset, name.len()));
            name.fill(0);
        }
        offset += length.unwrap_or(1);
    }
    names.into_iter()
}

/// Overwrites every place in one of the named files: the address and the length of the name, the line and the column.
fn blank_places(data: &mut [u8], names: &HashSet<(usize, usize)>) {
    let number = |word: [u8; 4]| usize::try_from(u32::from_le_bytes(word)).unwrap_or(usize::MAX);
    let (words, _) = data.as_chunks_mut::<4>();
    let mut first = 0;
    while let Some(place) = words.get_mut(first..first + 4) {
        if matches!(place, [name, length, ..] if names.contains(&(number(*name), number(*length)))) {
            place.fill([0; 4]);
        }
        first += 1;
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

    #[test]
    fn texts_of_messages_are_blanked_wherever_they_stand() {
        let mut data = *b"labelRefCell already borrowedvoiceRefCell already borrowed";
        blank_texts(&mut data);
        let left: Vec<u8> = data.iter().copied().filter(|byte| *byte != 0).collect();
        assert_eq!(String::from_utf8_lossy(&left), "labelvoice");
    }

    #[test]
    fn places_in_source_files_are_blanked_and_nothing_else() {
        let mut data =
            *b"src and crates/a-1/src/b_c.rs/rustc/0a/library/core/src/cell.rsindex is 'src/ui/x.css'data:,src/lib.rs.";
        let names: HashSet<_> = blank_names(&mut data).collect();
        let left: Vec<u8> = data.iter().copied().filter(|byte| *byte != 0).collect();
        assert_eq!(String::from_utf8_lossy(&left), "src and index is 'src/ui/x.css'data:,.");

        let place = [8, 0, 0, 0, 21, 0, 0, 0, 1, 1, 0, 0, 7, 0, 0, 0];
        let other = [8, 0, 0, 0, 20, 0, 0, 0, 1, 1, 0, 0, 7, 0, 0, 0];
        let mut data = [other, place, other].concat();
        blank_places(&mut data, &names);
        assert_eq!(data, [other, [0; 16], other].concat());
    }
}
