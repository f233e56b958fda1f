//! What stays, but stands on something that goes and comes: it has to go before and come after.

use super::{
    column::{added, dropped, is_replaced},
    ddl::{check, key},
    plan::{Timed, Turn, add_constraint, drop_reference, make_index, make_reference},
};
use crate::{
    difference::{Aspect, Difference, Sides},
    model::{Column, Engine, ForeignKey, Index, Over, Table},
    plan::Way,
};

/// References to a key that goes and comes.
pub(super) fn references(way: &Way<'_>) -> Vec<Timed> {
    let differences = &way.comparison.differences;
    let gone = |table: &str, columns: &[String]| {
        differences.iter().any(|difference| match difference {
            Difference::PrimaryKey(Sides { table: of, actual: Some(key), .. })
            | Difference::Unique(Sides { table: of, actual: Some(key), .. }) => {
                of == table && key.columns.iter().all(|column| columns.contains(column))
            }
            Difference::Index(Sides { table: of, actual: Some(index), .. }) => {
                of == table && index.unique
            }
            _ => false,
        })
    };
    let mut timed = Vec::new();
    for table in &way.desired.tables {
        let Some(actual) = way.actual.table(&table.name) else { continue };
        let stays = |key: &&ForeignKey| {
            !differences.iter().any(|difference| {
                matches!(difference, Difference::ForeignKey(Sides { table: of, actual: Some(one), .. })
                    if *of == table.name && one.name == key.name)
            })
        };
        for key in actual.foreign_keys.iter().filter(stays) {
            if gone(&key.table, &key.target) {
                timed.extend([drop_reference(&table.name, key), make_reference(&table.name, key)]);
            }
        }
    }
    timed
}

/// Computed columns that go and come, and constraints and indexes over them, which PostgreSQL drops with
/// them, so that they only have to be made.
pub(super) fn computed(way: &Way<'_>) -> Vec<Timed> {
    let mut timed = Vec::new();
    for desired in &way.desired.tables {
        let Some(actual) = way.actual.table(&desired.name) else { continue };
        for should in desired.columns.iter().filter(|column| column.generated.is_some()) {
            let Some(is) = actual.column(Engine::Postgres, &should.name) else { continue };
            let differs = is_replaced(is, should);
            if !differs && !is_over_a_retyped_column(way, &desired.name, is) {
                continue;
            }
            if !differs {
                let (_, drop) = dropped(way, &desired.name, is);
                timed.extend([(Turn::DropGenerated, drop), added(way, &desired.name, should)]);
            }
            for one in lost_with(way, actual, &is.name) {
                // Over two such columns a thing is lost but once.
                if !timed.contains(&one) {
                    timed.push(one);
                }
            }
        }
    }
    timed
}

/// Whether a column is computed from one whose type cannot change as long as it is.
fn is_over_a_retyped_column(way: &Way<'_>, of: &str, computed: &Column) -> bool {
    way.comparison.differences.iter().any(|difference| match difference {
        Difference::Column(Sides { table, actual: Some(is), desired: Some(_) }, aspects) => {
            let retyped = aspects.contains(&Aspect::Type) || aspects.contains(&Aspect::Collation);
            let mentions = |one: &crate::Generated| one.expression.mentions(&is.name);
            table == of && retyped && computed.generated.as_ref().is_some_and(mentions)
        }
        _ => false,
    })
}

fn lost_with(way: &Way<'_>, table: &Table, column: &str) -> Vec<Timed> {
    let name = &table.name;
    let over = |index: &&Index| {
        index.predicate.as_ref().is_some_and(|text| text.mentions(column))
            || index.include.iter().any(|one| one == column)
            || index.parts.iter().any(|part| match &part.over {
                Over::Column(one) => one == column,
                Over::Expression(text) => text.mentions(column),
            })
    };
    let uniques = table
        .uniques
        .iter()
        .filter(|one| one.columns.iter().any(|one| one == column))
        .filter(|one| stays(way, name, one.name.as_deref()))
        .map(|one| add_constraint(name, &key("UNIQUE", one)));
    let checks = table
        .checks
        .iter()
        .filter(|one| one.expression.mentions(column) && stays(way, name, one.name.as_deref()))
        .map(|one| add_constraint(name, &check(one)));
    let indexes = table
        .indexes
        .iter()
        .filter(|one| over(one) && stays(way, name, Some(&one.name)))
        .map(|one| make_index(name, one));
    uniques.chain(checks).chain(indexes).collect()
}

/// Whether a constraint or an index of a table is in the end as it was.
fn stays(way: &Way<'_>, of: &str, name: Option<&str>) -> bool {
    !way.comparison.differences.iter().any(|difference| match difference {
        Difference::Unique(Sides { table, actual: Some(one), .. }) => {
            table == of && one.name.as_deref() == name
        }
        Difference::Check(Sides { table, actual: Some(one), .. }) => {
            table == of && one.name.as_deref() == name
        }
        Difference::Index(Sides { table, actual: Some(one), .. }) => {
            table == of && Some(one.name.as_str()) == name
        }
        _ => false,
    })
}
