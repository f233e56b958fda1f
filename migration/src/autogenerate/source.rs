//! Changes as a file of Rust, as people write one.

use std::fmt::Write;

use super::{
    change::{Change, Statements},
    house::Written,
};

/// How long a line may be.
const WIDTH: usize = 100;

/// The file of a revision that makes `changes`.
pub(super) fn revision(message: &str, changes: &[Change]) -> String {
    let body = match changes {
        [Change::Tables(tables)] => creates(tables),
        _ if changes.iter().all(|change| matches!(change, Change::Indexes(..))) => {
            adds_indexes(changes)
        }
        _ => in_full(changes),
    };
    let reference = if body.contains("ForeignKeyAction::") {
        "use sea_orm_migration::prelude::ForeignKeyAction;\n"
    } else {
        ""
    };
    let imports = imports(changes, body.contains("derive(DeriveMigrationName)"));
    format!("//! {}\n\n{imports}{reference}\n{body}", sentence(message))
}

/// A string as Rust has it.
pub(super) fn quoted(text: &str) -> String {
    format!("{text:?}")
}

fn sentence(message: &str) -> String {
    let message = message.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut letters = message.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let end = if message.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

fn imports(changes: &[Change], in_full: bool) -> String {
    let mut functions: Vec<&str> = Vec::new();
    if in_full {
        for change in changes {
            match change {
                Change::Rename { .. } => functions.push("execute"),
                Change::Statements(all) => {
                    functions.push("execute_for");
                    functions.extend((!all.lost.is_empty()).then_some("refuse_rows"));
                }
                Change::Indexes(..) => functions.extend(["add_indexes", "drop_indexes"]),
                Change::Tables(_) | Change::Columns(..) => {}
            }
        }
    }
    functions.sort_unstable();
    functions.dedup();
    match functions[..] {
        [] => "use migration_support::prelude::*;\n".to_owned(),
        [only] => format!("use migration_support::{{change::{only}, prelude::*}};\n"),
        _ => format!(
            "use migration_support::{{\n    change::{{{}}},\n    prelude::*,\n}};\n",
            functions.join(", ")
        ),
    }
}

fn creates(tables: &[(String, Written<migration_support::Table>)]) -> String {
    let names: Vec<String> = tables.iter().map(|(name, _)| function_name(name)).collect();
    format!("creates!({});\n{}", names.join(", "), table_functions(tables))
}

fn table_functions(tables: &[(String, Written<migration_support::Table>)]) -> String {
    tables.iter().fold(String::new(), |mut text, (name, table)| {
        let chain = table.source.replace('\n', "\n        ");
        let _ = write!(text, "\nfn {}() -> Table {{\n    {chain}\n}}\n", function_name(name));
        text
    })
}

fn adds_indexes(changes: &[Change]) -> String {
    let mut text = "adds_indexes! {\n".to_owned();
    for change in changes {
        if let Change::Indexes(table, indexes) = change {
            let sources: Vec<String> = indexes.iter().map(|index| index.source.clone()).collect();
            text += &list(&format!("    {}: [", quoted(table)), &sources, "],", "", 4);
        }
    }
    text + "}\n"
}

/// The trait written out, for changes of more than one kind.
fn in_full(changes: &[Change]) -> String {
    let (mut up, mut down, mut rest) = (Vec::new(), Vec::new(), String::new());
    for change in changes {
        let (there, back) = calls(change, changes, &mut rest);
        up.extend(there);
        down.splice(0..0, back);
    }
    format!(
        "#[derive(DeriveMigrationName)]\npub(crate) struct Migration;\n\n\
         #[async_trait::async_trait]\nimpl MigrationTrait for Migration {{\n{}\n{}}}\n{rest}",
        method("up", &up),
        method("down", &down)
    )
}

fn method(name: &str, calls: &[String]) -> String {
    let mut text =
        format!("    async fn {name}(&self, manager: &SchemaManager) -> Result<(), DbErr> {{\n");
    for (at, call) in calls.iter().enumerate() {
        let end = if at + 1 == calls.len() { "" } else { "?;" };
        let _ = writeln!(text, "        {call}.await{end}");
    }
    text + "    }\n"
}

/// The calls that make a change, there and back; what they need is added to `rest`.
fn calls(change: &Change, all: &[Change], rest: &mut String) -> (Vec<String>, Vec<String>) {
    match change {
        Change::Rename { up, down } => {
            let call = |sql: &String| vec![format!("execute(manager, {})", literal(sql))];
            (call(up), call(down))
        }
        Change::Tables(tables) => {
            *rest += &table_functions(tables);
            let names: Vec<String> =
                tables.iter().map(|(name, _)| format!("{}()", function_name(name))).collect();
            let call =
                |verb: &str| vec![format!("{verb}_tables(manager, &[{}])", names.join(", "))];
            (call("create"), call("drop"))
        }
        Change::Columns(table, columns) => {
            let several = all.iter().filter(|one| matches!(one, Change::Columns(..))).count() > 1;
            let function = function_of(table, "columns", several);
            *rest += &array_function(&function, "Column", columns);
            let call = |verb: &str| {
                vec![format!("{verb}_columns(manager, {}, &{function}())", quoted(table))]
            };
            (call("add"), call("drop"))
        }
        Change::Statements(statements) => raw(statements, rest),
        Change::Indexes(table, indexes) => {
            let several = all.iter().filter(|one| matches!(one, Change::Indexes(..))).count() > 1;
            let function = function_of(table, "indexes", several);
            *rest += &array_function(&function, "Index", indexes);
            let table = quoted(table);
            (
                vec![format!("add_indexes(manager, {table}, &{function}())")],
                vec![format!("drop_indexes(manager, &{function}())")],
            )
        }
    }
}

fn raw(all: &Statements, rest: &mut String) -> (Vec<String>, Vec<String>) {
    let mut constant = |name: &str, statements: &[String]| {
        if statements.is_empty() {
            return "&[]".to_owned();
        }
        let sources: Vec<String> = statements.iter().map(|sql| literal(sql)).collect();
        *rest += "\n";
        *rest += &constant_list(&format!("const {name}: &[&str] ="), &sources);
        name.to_owned()
    };
    let mut call = |way: &str, sqlite: &[String], postgres: &[String]| {
        let sqlite = constant(&format!("{way}_SQLITE"), sqlite);
        let postgres = constant(&format!("{way}_POSTGRES"), postgres);
        format!("execute_for(manager, {sqlite}, {postgres})")
    };
    let up = call("UP", &all.up.sqlite, &all.up.postgres);
    let mut down = vec![call("DOWN", &all.down.sqlite, &all.down.postgres)];
    if !all.lost.is_empty() {
        let sources: Vec<String> = all
            .lost
            .iter()
            .map(|(what, sql)| format!("({}, {})", literal(what), literal(sql)))
            .collect();
        *rest += "\n/// What the way back destroys, and what counts it.\n";
        *rest += &constant_list("const LOST: &[(&str, &str)] =", &sources);
        down.insert(0, "refuse_rows(manager, LOST)".to_owned());
    }
    (vec![up], down)
}

fn array_function<T>(name: &str, of: &str, items: &[Written<T>]) -> String {
    let sources: Vec<String> = items.iter().map(|item| item.source.clone()).collect();
    let head = format!("\nfn {name}() -> [{of}; {}] {{\n", sources.len());
    head + &list("    [", &sources, "]", "", 4) + "}\n"
}

/// A list in one line where it fits, else an item a line.
fn list(open: &str, items: &[String], close: &str, end: &str, indent: usize) -> String {
    let line = format!("{open}{}{close}{end}", items.join(", "));
    if line.chars().count() <= WIDTH && !line.contains('\n') {
        return line + "\n";
    }
    let pad = " ".repeat(indent);
    let items = items.iter().fold(String::new(), |mut text, item| {
        let _ = writeln!(text, "{pad}    {item},");
        text
    });
    format!("{open}\n{items}{pad}{close}{end}\n")
}

fn constant_list(head: &str, items: &[String]) -> String {
    let line = format!("&[{}];", items.join(", "));
    let fits = |indent: usize| indent + line.chars().count() <= WIDTH && !line.contains('\n');
    match () {
        () if fits(head.len() + 1) => format!("{head} {line}\n"),
        () if fits(4) => format!("{head}\n    {line}\n"),
        () => list(&format!("{head} &["), items, "]", ";", 0),
    }
}

/// SQL as Rust has it: raw where there are quotes.
fn literal(sql: &str) -> String {
    if !sql.contains(['"', '\\', '\n']) {
        return quoted(sql);
    }
    let mut hashes = if sql.contains('"') { "#".to_owned() } else { String::new() };
    while sql.contains(&format!("\"{hashes}")) && !hashes.is_empty() {
        hashes.push('#');
    }
    format!("r{hashes}\"{sql}\"{hashes}")
}

fn function_of(table: &str, what: &str, several: bool) -> String {
    if several { format!("{}_{what}", function_name(table)) } else { what.to_owned() }
}

/// A table's name as a function's.
fn function_name(table: &str) -> String {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '_' };
    table.chars().map(plain).collect::<String>().to_ascii_lowercase()
}
