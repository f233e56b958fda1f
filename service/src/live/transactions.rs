//! Additions and changes on PostgreSQL: every version of a row knows the transaction that wrote it.
//!
//! Nothing is asked of those who write. What the transactions before the oldest that runs have written is
//! there to be seen, or never will be; of later ones, those of which rows can be seen are over. Numbers of
//! transactions are those of rows, so what a savepoint wrote counts as its own transaction, as it should.

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, QueryFilter, QueryTrait, Statement,
    sea_query::{Alias, Condition, Expr},
};

use super::{
    Followed,
    position::{Mark, foreign},
    source::{all_columns, key_column, key_text, read_key},
};
use crate::{
    Comparison, Error, Result, Row, Sessions, filter::compare, repository::select_columns, row,
};

/// The number of the transaction that wrote a row, in 64 bits: the largest that has not come yet and
/// ends in the 32 bits that the row keeps.
fn written_by<E: Followed>() -> String {
    let last = "((SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint) - 1)";
    let table = E::default().table_name().to_owned();
    format!("({last} - (({last} - \"{table}\".xmin::text::bigint) & 4294967295))")
}

fn list(numbers: &[i64]) -> String {
    numbers.iter().map(i64::to_string).collect::<Vec<_>>().join(", ")
}

pub(crate) async fn now<E: Followed>(sessions: &Sessions) -> Result<Mark> {
    let reader = sessions.reader(E::DATABASE).await?;
    let text = |sql: String| Statement::from_string(DbBackend::Postgres, sql);
    // Read first: all before it are over when the rows are read.
    let oldest = text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint".to_owned());
    let row = reader.query_one_raw(oldest).await?;
    let low: i64 = row.ok_or_else(|| Error::not_found("a snapshot"))?.try_get_by_index(0)?;
    let (table, xid) = (E::default().table_name().to_owned(), written_by::<E>());
    let later = format!(
        "SELECT DISTINCT written_by FROM (SELECT {xid} AS written_by FROM \"{table}\") AS versions \
         WHERE written_by >= {low} ORDER BY written_by"
    );
    let rows = reader.query_all_raw(text(later)).await?;
    let seen =
        rows.iter().map(|row| row.try_get_by_index(0)).collect::<std::result::Result<_, _>>()?;
    Ok(Mark::Transactions { low, seen, partial: None })
}

pub(crate) async fn page<E: Followed>(
    sessions: &Sessions,
    from: &Mark,
    to: &Mark,
    limit: usize,
) -> Result<Vec<(Row<E>, Mark)>> {
    let (
        Mark::Transactions { low, seen, partial },
        Mark::Transactions { low: to_low, seen: to_seen, .. },
    ) = (from, to)
    else {
        return Err(foreign());
    };
    let reader = sessions.reader(E::DATABASE).await?;
    let xid = written_by::<E>();
    let key = key_column::<E>();

    let mut wanted = Condition::all().add(Expr::cust(format!("{xid} >= {low}")));
    let there = if to_seen.is_empty() {
        format!("{xid} < {to_low}")
    } else {
        format!("({xid} < {to_low} OR {xid} IN ({}))", list(to_seen))
    };
    wanted = wanted.add(Expr::cust(there));
    if !seen.is_empty() {
        wanted = wanted.add(Expr::cust(format!("{xid} NOT IN ({})", list(seen))));
    }
    if let Some((partly, upto)) = partial {
        let upto = read_key::<E>(upto).ok_or_else(foreign)?.into();
        wanted = wanted.add(
            Condition::any().add(Expr::cust(format!("{xid} <> {partly}"))).add(compare(
                key,
                Comparison::Gt,
                &upto,
            )),
        );
    }
    let columns = row::columns::<E>(&all_columns::<E>());
    let mut select = select_columns::<E>(&columns).filter(wanted);
    let query = QueryTrait::query(&mut select);
    query.expr_as(Expr::cust(xid.clone()), Alias::new("written_by"));
    if let Some((partly, _)) = partial {
        // There is room in a mark for one transaction that is not complete: it comes first.
        query.order_by_expr(Expr::cust(format!("{xid} = {partly}")), sea_orm::Order::Desc);
    }
    query
        .order_by_expr(Expr::cust("written_by"), sea_orm::Order::Asc)
        .order_by(key.as_column_ref(), sea_orm::Order::Asc)
        .limit(limit as u64);
    let results = reader.query_all(select.as_query()).await?;

    let first = partial.as_ref().map(|(xid, _)| *xid);
    let mut marked = Vec::with_capacity(results.len());
    let (mut low, mut seen, mut partial) = (*low, seen.clone(), partial.clone());
    for result in &results {
        let row = Row::read(result, &columns)?;
        let written_by: i64 = result.try_get_by_index(columns.len())?;
        if let Some((before, _)) = partial.take()
            && before != written_by
        {
            seen.push(before);
        }
        if first != Some(written_by) {
            // They ascend: what is before this one, and over, has been read.
            low = low.max(written_by.min(*to_low));
            seen.retain(|xid| *xid >= low);
        }
        partial = Some((written_by, key_text(&row)));
        let mark = Mark::Transactions { low, seen: seen.clone(), partial: partial.clone() };
        marked.push((row, mark));
    }
    Ok(marked)
}
