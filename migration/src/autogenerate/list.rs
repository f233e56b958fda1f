//! The list of revisions in a crate's `lib.rs`, with one more at its end.

/// `source` with the revision `name` at the end of its modules and of its list; none where it has not the form
/// of such a file, or names the revision already.
pub(super) fn with(source: &str, name: &str) -> Option<String> {
    let module = format!("mod {name};");
    let lines: Vec<&str> = source.lines().collect();
    let is_revision = |line: &str, before: &str, after: &str| {
        let inner =
            line.trim_start().strip_prefix(before).and_then(|line| line.strip_suffix(after));
        inner.is_some_and(|inner| {
            inner.starts_with('m') && inner[1..].starts_with(|digit: char| digit.is_ascii_digit())
        })
    };
    let last_module = lines.iter().rposition(|line| is_revision(line, "mod ", ";"))?;
    let entry = |line: &&str| is_revision(line, "Box::new(", "::Migration),");
    let last_entry = lines.iter().rposition(entry)?;
    if last_entry < last_module || lines.contains(&module.as_str()) {
        return None;
    }
    let indent: String = lines[last_entry].chars().take_while(|c| c.is_whitespace()).collect();
    let mut modules: Vec<&str> =
        lines.iter().copied().filter(|line| is_revision(line, "mod ", ";")).collect();
    let first_module = lines.iter().position(|line| is_revision(line, "mod ", ";"))?;
    // Sorted where they are one block, as rustfmt would have them.
    let is_block = last_module + 1 - first_module == modules.len();
    modules.push(&module);
    if is_block {
        modules.sort_unstable();
    }
    let boxed = format!("{indent}Box::new({name}::Migration),");
    let mut text: Vec<&str> = Vec::with_capacity(lines.len() + 2);
    if is_block {
        text.extend(&lines[..first_module]);
        text.extend(&modules);
    } else {
        text.extend(&lines[..=last_module]);
        text.push(&module);
    }
    text.extend(&lines[last_module + 1..=last_entry]);
    text.push(&boxed);
    text.extend(&lines[last_entry + 1..]);
    Some(text.join("\n") + "\n")
}
