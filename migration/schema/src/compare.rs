//! Compares two schemas of one engine, like with like.

use crate::{
    Error, Unmanaged,
    canonical::Canonical,
    difference::{Aspect, Comparison, Difference, Note, Sides},
    model::{Check, Column, Engine, ForeignKey, Index, Key, Schema, Table},
    rename::{Hints, renamed},
    sqlite::canon::kind,
};

/// What has to change for `actual` to be `desired`. Nothing is taken for renamed but what `hints` say.
///
/// # Errors
/// The schemas are of two engines, or something to be renamed is there under both names.
pub fn compare(actual: &Schema, desired: &Schema, hints: &Hints) -> Result<Comparison, Error> {
    compared(actual, desired, hints, Undeclared::Kept).map(|(comparison, _)| comparison)
}

/// What becomes of views and triggers that the desired schema does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Undeclared {
    /// They are nobody's business.
    Kept,
    /// They are dropped: the way back from having made them.
    Dropped,
}

/// The comparison, and the actual schema under its new names.
pub(crate) fn compared(
    actual: &Schema,
    desired: &Schema,
    hints: &Hints,
    undeclared: Undeclared,
) -> Result<(Comparison, Schema), Error> {
    if actual.engine != desired.engine {
        return Err(Error::Engines);
    }
    let (actual, renames) = renamed(actual, desired, hints)?;
    let mut found = Comparison { differences: renames, ..Comparison::default() };
    found.unmanaged.clone_from(&actual.unmanaged);
    found.enumerations(&actual, desired);
    for table in &desired.tables {
        match actual.table(&table.name) {
            Some(present) => Tables { engine: actual.engine, present, table }.compare(&mut found),
            None => found.add(Difference::Table(Sides {
                table: table.name.clone(),
                actual: None,
                desired: Some(table.clone()),
            })),
        }
    }
    for table in actual.tables.iter().filter(|table| desired.table(&table.name).is_none()) {
        found.add(Difference::Table(Sides {
            table: table.name.clone(),
            actual: Some(table.clone()),
            desired: None,
        }));
    }
    found.definitions(&actual, desired, undeclared);
    for part in desired.unmanaged.iter().filter(|part| !actual.unmanaged.contains(part)) {
        let text = format!("should be a {} as desired, which has to be made by hand", part.kind);
        found.notes.push(Note { about: part.name.clone(), text });
    }
    Ok((found, actual))
}

impl Comparison {
    fn add(&mut self, difference: Difference) {
        self.differences.push(difference);
    }

    fn enumerations(&mut self, actual: &Schema, desired: &Schema) {
        let name = |one: &crate::Enumeration| one.name.clone();
        for sides in paired(&actual.enums, &desired.enums, &name, &name) {
            self.add(Difference::Enumeration(sides));
        }
    }

    fn definitions(&mut self, actual: &Schema, desired: &Schema, undeclared: Undeclared) {
        let engine = actual.engine;
        let name = |view: &crate::View| engine.fold(&view.name);
        for sides in paired(&actual.views, &desired.views, &name, &name) {
            match (&sides.actual, undeclared) {
                (Some(view), Undeclared::Kept) if sides.desired.is_none() => {
                    self.leave("view", &view.name, None);
                }
                _ => self.add(Difference::View(sides)),
            }
        }
        let name = |one: &crate::Trigger| (engine.fold(&one.table), engine.fold(&one.name));
        let table = |one: &crate::Trigger| one.table.clone();
        for sides in paired(&actual.triggers, &desired.triggers, &name, &table) {
            match (&sides.actual, undeclared) {
                (Some(trigger), Undeclared::Kept) if sides.desired.is_none() => {
                    self.leave("trigger", &trigger.name, Some(trigger.table.clone()));
                }
                _ => self.add(Difference::Trigger(sides)),
            }
        }
    }

    fn leave(&mut self, kind: &str, name: &str, table: Option<String>) {
        self.unmanaged.push(Unmanaged { table, ..Unmanaged::new(kind, name) });
    }
}

/// Things of either side that differ, paired by `key`; those that are equal are left out.
fn paired<T: Clone + PartialEq + Canonical, K: PartialEq>(
    actual: &[T],
    desired: &[T],
    key: &impl Fn(&T) -> K,
    table: &impl Fn(&T) -> String,
) -> Vec<Sides<T>> {
    let find = |all: &[T], one: &T| all.iter().find(|other| key(other) == key(one)).cloned();
    let wanted = desired.iter().map(|one| (find(actual, one), Some(one.clone())));
    let extra = actual.iter().filter(|one| find(desired, one).is_none());
    wanted
        .chain(extra.map(|one| (Some(one.clone()), None)))
        .filter(|(actual, desired)| match (actual, desired) {
            (Some(actual), Some(desired)) => *actual != *desired,
            _ => true,
        })
        .filter_map(|(actual, desired)| {
            let table = table(desired.as_ref().or(actual.as_ref())?);
            Some(Sides { table, actual, desired })
        })
        .collect()
}

/// A table on both sides.
struct Tables<'a> {
    engine: Engine,
    present: &'a Table,
    table: &'a Table,
}

impl Tables<'_> {
    fn compare(&self, found: &mut Comparison) {
        let (is, should) = (self.present, self.table);
        for (name, is, should) in [
            ("STRICT", is.strict, should.strict),
            ("WITHOUT ROWID", is.without_rowid, should.without_rowid),
        ] {
            if is != should {
                let side = |present: bool| present.then(|| name.to_owned());
                found.add(Difference::Option(self.sides(side(is), side(should))));
            }
        }
        if is.comment != should.comment {
            found.add(Difference::Comment(self.sides(is.comment.clone(), should.comment.clone())));
        }
        self.columns(found);
        self.keys(found);
        self.constraints(found);
    }

    fn sides<T>(&self, actual: Option<T>, desired: Option<T>) -> Sides<T> {
        Sides { table: self.table.name.clone(), actual, desired }
    }

    fn columns(&self, found: &mut Comparison) {
        let engine = self.engine;
        for should in &self.table.columns {
            let Some(is) = self.present.column(engine, &should.name) else {
                let sides = self.sides(None, Some(should.clone()));
                found.add(Difference::Column(sides, Vec::new()));
                continue;
            };
            let aspects = aspects(&is.canonical(engine), &should.canonical(engine));
            if !aspects.is_empty() {
                let sides = self.sides(Some(is.clone()), Some(should.clone()));
                found.add(Difference::Column(sides, aspects));
            } else if let Some(text) = unenforced(is, should) {
                let about = format!("{}.{}", self.table.name, should.name);
                found.notes.push(Note { about, text });
            }
        }
        for is in &self.present.columns {
            if self.table.column(engine, &is.name).is_none() {
                let sides = self.sides(Some(is.clone()), None);
                found.add(Difference::Column(sides, Vec::new()));
            }
        }
    }

    /// Keys and indexes: on SQLite a UNIQUE constraint and a plain unique index are one thing.
    fn keys(&self, found: &mut Comparison) {
        let (is, should) = (self.present, self.table);
        let engine = self.engine;
        let canonical = |key: &Option<Key>| key.as_ref().map(|key| key.canonical(engine));
        if canonical(&is.primary_key) != canonical(&should.primary_key) {
            let sides = self.sides(is.primary_key.clone(), should.primary_key.clone());
            found.add(Difference::PrimaryKey(sides));
        }
        let (mut keys_is, mut keys_should) = unmatched(&is.uniques, &should.uniques, engine);
        let (mut indexes_is, mut indexes_should) = unmatched(&is.indexes, &should.indexes, engine);
        if engine == Engine::Sqlite {
            drop_equivalent(&mut keys_is, &mut indexes_should);
            drop_equivalent(&mut keys_should, &mut indexes_is);
        }
        let columns = |one: &Key, other: &Key| one.columns == other.columns;
        for (is, should) in changed(keys_is, keys_should, columns) {
            found.add(Difference::Unique(self.sides(is, should)));
        }
        let name = |one: &Index, other: &Index| engine.same(&one.name, &other.name);
        for (is, should) in changed(indexes_is, indexes_should, name) {
            found.add(Difference::Index(self.sides(is, should)));
        }
    }

    fn constraints(&self, found: &mut Comparison) {
        let engine = self.engine;
        let (is, should) = unmatched(&self.present.checks, &self.table.checks, engine);
        let named = |one: &Check, other: &Check| one.name.is_some() && one.name == other.name;
        for (is, should) in changed(is, should, named) {
            found.add(Difference::Check(self.sides(is, should)));
        }
        let (is, should) = unmatched(&self.present.foreign_keys, &self.table.foreign_keys, engine);
        let columns = |one: &ForeignKey, other: &ForeignKey| one.columns == other.columns;
        for (is, should) in changed(is, should, columns) {
            found.add(Difference::ForeignKey(self.sides(is, should)));
        }
    }
}

fn aspects(is: &Column, should: &Column) -> Vec<Aspect> {
    [
        (Aspect::Type, is.ty != should.ty),
        (Aspect::Nullability, is.nullable != should.nullable),
        (Aspect::Default, is.default != should.default),
        (Aspect::Generated, is.generated != should.generated),
        (Aspect::Collation, is.collation != should.collation),
        (Aspect::Counter, is.counter != should.counter),
        (Aspect::Comment, is.comment != should.comment),
    ]
    .into_iter()
    .filter_map(|(aspect, differs)| differs.then_some(aspect))
    .collect()
}

/// What two equal columns declare differently, to no effect.
fn unenforced(is: &Column, should: &Column) -> Option<String> {
    let (declared, wanted) = (&is.ty.sql, &should.ty.sql);
    if is.counter != should.counter && is.counter.is_some() && should.counter.is_some() {
        let (is, should) = (Aspect::Counter.of(is), Aspect::Counter.of(should));
        return Some(format!("is numbered by {is}, declared {should}, to the same effect"));
    }
    let sizes = |declared: &str| declared.find('(').map(|at| declared[at..].to_owned());
    if sizes(declared) != sizes(wanted) && kind(declared) == kind(wanted) {
        return Some(format!("is {declared}, declared {wanted}; SQLite enforces no length"));
    }
    (kind(declared) != kind(wanted))
        .then(|| format!("is {declared}, declared {wanted}; SQLite treats both alike"))
}

/// What is left on either side when equals are struck out.
fn unmatched<T: Canonical + PartialEq>(
    actual: &[T],
    desired: &[T],
    engine: Engine,
) -> (Vec<T>, Vec<T>) {
    let (mut is, mut should) = (Vec::new(), desired.to_vec());
    for one in actual {
        let canonical = one.canonical(engine);
        match should.iter().position(|other| other.canonical(engine) == canonical) {
            Some(at) => {
                should.remove(at);
            }
            None => is.push(one.clone()),
        }
    }
    (is, should)
}

fn drop_equivalent(keys: &mut Vec<Key>, indexes: &mut Vec<Index>) {
    let fold = |columns: &[String]| columns.join(",").to_ascii_lowercase();
    keys.retain(|key| {
        let same = |index: &Index| {
            index.plain_unique().is_some_and(|columns| fold(&columns) == fold(&key.columns))
        };
        let found = indexes.iter().position(same);
        found.map(|at| indexes.remove(at)).is_none()
    });
}

/// Pairs what changed in place; the rest is missing or too much.
fn changed<T>(
    actual: Vec<T>,
    mut desired: Vec<T>,
    same: impl Fn(&T, &T) -> bool,
) -> Vec<(Option<T>, Option<T>)> {
    let mut pairs = Vec::new();
    for is in actual {
        let found = desired.iter().position(|should| same(&is, should));
        pairs.push((Some(is), found.map(|at| desired.remove(at))));
    }
    pairs.extend(desired.into_iter().map(|should| (None, Some(should))));
    pairs
}
