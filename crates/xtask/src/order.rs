//! The order of a module's functions. Compression finds what two functions have in common if they are close to each other.

use std::cmp::Reverse;
use std::collections::{BTreeSet, VecDeque};
use std::fmt::Write;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use anyhow::{Context, Result};
use walrus::ir::{self, Instr, InstrLocId, Visitor};
use walrus::{FunctionId, ImportKind, ModuleConfig};

/// Gives all functions names by which `wasm-opt` can sort them: imports by the numbers in their names, the others by what they
/// have in common. Only `wasm-opt` reads these names.
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
            let mut text = Text(format!("{:?}\n", module.types.params_results(function.ty())));
            ir::dfs_in_order(&mut text, function, function.entry_block());
            (text.0, id)
        })
        .collect();
    bodies.sort_unstable();
    let numbered = (0..).zip(chain(bodies));
    names.extend(numbered.map(|(number, id): (u32, _)| (id, format!("f{number:07}"))));
    for (function, name) in names {
        module.funcs.get_mut(function).name = Some(name);
    }
    let emitted = module.emit_wasm_file(file);
    emitted.with_context(|| format!("cannot write {}", file.display()))
}

/// The functions in a chain: next comes the one that repeats most of those before it, by the share of its pairs of successive instructions.
/// What it repeats of its neighbour counts three times.
fn chain(bodies: Vec<(String, FunctionId)>) -> Vec<FunctionId> {
    let mut left: Vec<_> = bodies.into_iter().map(|(text, id)| (pairs(&text), id)).collect();
    let mut order = Vec::with_capacity(left.len());
    let mut recent: VecDeque<BTreeSet<u64>> = VecDeque::new();
    while !left.is_empty() {
        let known: BTreeSet<u64> = recent.iter().flatten().copied().collect();
        let neighbour = recent.back();
        let shares = left.iter().map(|(pairs, _)| {
            let repeated = pairs.intersection(&known).count();
            let of_neighbour = neighbour.map_or(0, |neighbour| pairs.intersection(neighbour).count());
            (repeated + 2 * of_neighbour) * WHOLE / pairs.len().max(1)
        });
        // The first of the highest share.
        let best = (0..).zip(shares).max_by_key(|(place, share)| (*share, Reverse(*place)));
        let (pairs, id) = left.remove(best.map_or(0, |(place, _)| place));
        recent.push_back(pairs);
        if recent.len() > RECENT {
            recent.pop_front();
        }
        order.push(id);
    }
    order
}

/// What a whole share counts.
const WHOLE: usize = 1_000_000;

/// How many functions before one count. With fewer or more, the module is a tenth of a kilobyte larger.
const RECENT: usize = 10;

/// Each pair of successive lines, hashed.
fn pairs(text: &str) -> BTreeSet<u64> {
    let pairs = text.lines().zip(text.lines().skip(1));
    pairs
        .map(|pair| {
            let mut hasher = DefaultHasher::new();
            pair.hash(&mut hasher);
            hasher.finish()
        })
        .collect()
}

/// A function's signature and its instructions, a line for each.
struct Text(String);

impl Visitor<'_> for Text {
    fn visit_instr(&mut self, instruction: &Instr, _: &InstrLocId) {
        // Without numbers: those of locals and functions say nothing about similarity. Writing to a string does not fail.
        let mut text = String::new();
        let _ = write!(text, "{instruction:?}");
        self.0.extend(text.chars().filter(|letter| !letter.is_ascii_digit()));
        self.0.push('\n');
    }
}
