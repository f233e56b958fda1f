//! Changes as a file of Rust, as people write one.

use std::fmt::Write;

use super::{
    change::{Both, Change, Doing, Statements},
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
    let imports = imports(&body);
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

fn imports(body: &str) -> String {
    let functions: Vec<&str> =
        ["add_indexes", "drop_indexes", "execute", "execute_for", "refuse_rows"]
            .into_iter()
            .filter(|function| body.contains(&format!(" {function}(manager")))
            .collect();
    let rebuild = if body.contains(" rebuild_table(manager") { "rebuild_table" } else { "" };
    let more = if rebuild.is_empty() { "" } else { ", rebuild_table" };
    match functions[..] {
        [] if rebuild.is_empty() => "use migration_support::prelude::*;\n".to_owned(),
        [] => format!("use migration_support::{{prelude::*{more}}};\n"),
        [only] => format!("use migration_support::{{change::{only}, prelude::*{more}}};\n"),
        _ => {
            let more = if rebuild.is_empty() { "" } else { "    rebuild_table,\n" };
            let functions = functions.join(", ");
            format!(
                "use migration_support::{{\n    change::{{{functions}}},\n    prelude::*,\n{more}}};\n"
            )
        }
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
        if call.ends_with('}') {
            let _ = writeln!(text, "        {call}");
            if at + 1 == calls.len() {
                text += "        Ok(())\n";
            }
            continue;
        }
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
    let up = way("UP", &all.up, rest);
    let mut down = way("DOWN", &all.down, rest);
    if !all.lost.is_empty() {
        *rest += "\n/// What the way back destroys, and what counts it.\n";
        *rest += &constant_list("const LOST: &[(&str, &str)] =", &pairs(&all.lost));
        down.insert(0, "refuse_rows(manager, LOST)".to_owned());
    }
    (up, down)
}

/// One way of what has no function. `UP` leads to tables by their names, `DOWN` to those of before.
fn way(name: &str, way: &Both<Vec<Doing>, Vec<String>>, rest: &mut String) -> Vec<String> {
    let rebuilds = way.sqlite.iter().any(|doing| matches!(doing, Doing::Rebuild(..)));
    let postgres = constant(&format!("{name}_POSTGRES"), &way.postgres, rest);
    if let ([] | [Doing::Execute(_)], false) = (&way.sqlite[..], rebuilds) {
        let sqlite = way.sqlite.iter().flat_map(|doing| match doing {
            Doing::Execute(statements) => statements.clone(),
            Doing::Rebuild(..) => Vec::new(),
        });
        let sqlite = constant(&format!("{name}_SQLITE"), &sqlite.collect::<Vec<_>>(), rest);
        return vec![format!("execute_for(manager, {sqlite}, {postgres})")];
    }
    let mut block = "if manager.get_database_backend() == DbBackend::Sqlite {\n".to_owned();
    for (at, doing) in way.sqlite.iter().enumerate() {
        let call = match doing {
            Doing::Execute(statements) => {
                let number = if at == 0 { String::new() } else { format!("_{at}") };
                let sqlite = constant(&format!("{name}_SQLITE{number}"), statements, rest);
                format!("execute_for(manager, {sqlite}, &[])")
            }
            Doing::Rebuild(table, written, copied) => {
                let before = if name == "UP" { "" } else { "_before" };
                let function = format!("{}{before}", function_name(table));
                let copy = format!("{}_COPIED", function.to_ascii_uppercase());
                let table = (function.clone(), (**written).clone());
                *rest += &table_functions(std::slice::from_ref(&table));
                *rest += "\n";
                *rest +=
                    &constant_list(&format!("const {copy}: &[(&str, &str)] ="), &pairs(copied));
                format!("rebuild_table(manager, &{function}(), {copy})")
            }
        };
        let _ = writeln!(block, "            {call}.await?;");
    }
    block += "        }";
    let mut calls = vec![block];
    if !way.postgres.is_empty() {
        calls.push(format!("execute_for(manager, &[], {postgres})"));
    }
    calls
}

/// The name of a constant that holds statements; nothing needs none.
fn constant(name: &str, statements: &[String], rest: &mut String) -> String {
    if statements.is_empty() {
        return "&[]".to_owned();
    }
    let sources: Vec<String> = statements.iter().map(|sql| literal(sql)).collect();
    *rest += "\n";
    *rest += &constant_list(&format!("const {name}: &[&str] ="), &sources);
    name.to_owned()
}

fn pairs(all: &[(String, String)]) -> Vec<String> {
    all.iter().map(|(one, other)| format!("({}, {})", literal(one), literal(other))).collect()
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
pub(super) fn literal(sql: &str) -> String {
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
