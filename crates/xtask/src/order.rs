//! The order of a module's functions. Compression finds what two functions have in common if they are close to each other.

use std::fmt::Write;
use std::path::Path;

use anyhow::{Context, Result};
use walrus::ir::{self, Instr, InstrLocId, Visitor};
use walrus::{FunctionId, ImportKind, ModuleConfig};

/// Gives all functions names by which `wasm-opt` can sort them: imports by the numbers in their names, the others by signature and
/// instructions. Only `wasm-opt` reads these names.
pub(crate) fn name_by_similarity(file: &Path) -> Result<()> {
    let mut config = ModuleConfig::new();
    config.generate_producers_section(false);
    let parsed = config.parse_file(file);
    let mut module = parsed.with_context(|| format!("cannot read {}", file.display()))?;
    let mut names: Vec<(FunctionId, String)> = Vec::new();
    for import in module.imports.iter() {
        if let ImportKind::Function(function) = import.kind {
            // Aligned to the right, numbers are in their order.
            names.push((function, format!("{:>8}", import.name)));
        }
    }
    let mut bodies: Vec<_> = module
        .funcs
        .iter_local()
        .map(|(id, function)| {
            let mut text = Text(format!("{:?}", module.types.params_results(function.ty())));
            ir::dfs_in_order(&mut text, function, function.entry_block());
            (text.0, id)
        })
        .collect();
    bodies.sort_unstable();
    names.extend(
        (0..)
            .zip(bodies)
            .map(|(number, (_, id)): (u32, _)| (id, format!("f{number:07}"))),
    );
    for (function, name) in names {
        module.funcs.get_mut(function).name = Some(name);
    }
    let emitted = module.emit_wasm_file(file);
    emitted.with_context(|| format!("cannot write {}", file.display()))
}

/// A function's signature and its instructions.
struct Text(String);

impl Visitor<'_> for Text {
    fn visit_instr(&mut self, instruction: &Instr, _: &InstrLocId) {
        // Without numbers: those of locals and functions say nothing about similarity. Writing to a string does not fail.
        let mut text = String::new();
        let _ = write!(text, "{instruction:?}");
        self.0.extend(text.chars().filter(|letter| !letter.is_ascii_digit()));
    }
}
