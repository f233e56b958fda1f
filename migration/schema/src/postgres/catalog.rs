//! The statements that read PostgreSQL's catalogue. `$1` is the schema, `$2` the pattern of the names of
//! bookkeeping tables.

/// Everything like a table, but what belongs to an extension.
pub(super) const RELATIONS: &str = "
SELECT c.relname::text AS name, c.relkind::text AS kind, c.relispartition AS partition,
    obj_description(c.oid, 'pg_class') AS comment,
    CASE WHEN c.relkind = 'v' THEN pg_get_viewdef(c.oid) END AS definition
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relname NOT LIKE $2 AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c')
    AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass
        AND d.objid = c.oid AND (d.deptype = 'e' OR c.relkind = 'S' AND d.deptype IN ('a', 'i')))
ORDER BY c.relname";

/// The columns of all tables.
pub(super) const COLUMNS: &str = "
SELECT c.relname::text AS table_name, a.attname::text AS name,
    format_type(a.atttypid, a.atttypmod) AS declared, a.attnotnull AS not_null,
    a.attidentity::text AS identity, a.attgenerated::text AS generated,
    pg_get_expr(d.adbin, d.adrelid) AS expression,
    CASE WHEN a.attcollation <> t.typcollation THEN o.collname::text END AS collation,
    col_description(c.oid, a.attnum) AS comment,
    EXISTS (SELECT FROM pg_depend AS s JOIN pg_class AS q ON q.oid = s.objid AND q.relkind = 'S'
        WHERE s.classid = 'pg_class'::regclass AND s.refclassid = 'pg_class'::regclass
            AND s.deptype = 'a' AND s.refobjid = c.oid AND s.refobjsubid = a.attnum
            AND pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%') AS serial
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type AS t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
LEFT JOIN pg_collation AS o ON o.oid = a.attcollation
WHERE n.nspname = $1 AND c.relname NOT LIKE $2 AND c.relkind = 'r' AND NOT c.relispartition
ORDER BY c.relname, a.attnum";

/// The constraints of all tables.
pub(super) const CONSTRAINTS: &str = "
SELECT c.relname::text AS table_name, k.conname::text AS name, k.contype::text AS kind,
    k.condeferrable AS deferrable, k.condeferred AS deferred, k.convalidated AS validated,
    (SELECT json_agg(a.attname ORDER BY o.place)
        FROM unnest(k.conkey) WITH ORDINALITY AS o (number, place)
        JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = o.number) AS columns,
    f.relname::text AS target, f.relnamespace <> c.relnamespace AS target_elsewhere,
    (SELECT json_agg(a.attname ORDER BY o.place)
        FROM unnest(k.confkey) WITH ORDINALITY AS o (number, place)
        JOIN pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = o.number) AS target_columns,
    k.confdeltype::text AS on_delete, k.confupdtype::text AS on_update,
    k.confmatchtype = 'f' AS match_full, k.confdelsetcols IS NOT NULL AS sets_some,
    pg_get_expr(k.conbin, k.conrelid) AS expression,
    (SELECT json_agg(a.attname ORDER BY o.place)
        FROM unnest(i.indkey) WITH ORDINALITY AS o (number, place)
        JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = o.number
        WHERE o.place > i.indnkeyatts) AS include,
    COALESCE(i.indnullsnotdistinct, FALSE) AS nulls_not_distinct
FROM pg_constraint AS k
JOIN pg_class AS c ON c.oid = k.conrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_class AS f ON f.oid = k.confrelid
LEFT JOIN pg_index AS i ON i.indexrelid = k.conindid AND k.contype IN ('p', 'u')
WHERE n.nspname = $1 AND c.relname NOT LIKE $2 AND c.relkind = 'r' AND NOT c.relispartition
ORDER BY c.relname, k.conname";

/// The indexes of all tables, but those that a constraint made.
pub(super) const INDEXES: &str = "
SELECT c.relname::text AS table_name, x.relname::text AS name, i.indisunique AS is_unique,
    m.amname::text AS method, i.indnullsnotdistinct AS nulls_not_distinct, i.indisvalid AS valid,
    pg_get_expr(i.indpred, i.indrelid) AS predicate,
    COALESCE(to_json(x.reloptions), '[]') AS options,
    (SELECT json_agg(json_build_object(
            'column', a.attname,
            'sql', pg_get_indexdef(i.indexrelid, p.place, FALSE),
            'key', p.place <= i.indnkeyatts,
            'descending', COALESCE(i.indoption[p.place - 1], 0) & 1 = 1,
            'nulls_first', COALESCE(i.indoption[p.place - 1], 0) & 2 = 2,
            'collation', CASE WHEN i.indcollation[p.place - 1]
                <> COALESCE(a.attcollation, t.typcollation) THEN o.collname END,
            'opclass', CASE WHEN NOT b.opcdefault THEN b.opcname END) ORDER BY p.place)
        FROM generate_series(1, i.indnatts) AS p (place)
        JOIN pg_attribute AS e ON e.attrelid = i.indexrelid AND e.attnum = p.place
        JOIN pg_type AS t ON t.oid = e.atttypid
        LEFT JOIN pg_attribute AS a ON a.attrelid = i.indrelid
            AND a.attnum = i.indkey[p.place - 1] AND a.attnum > 0
        LEFT JOIN pg_collation AS o ON o.oid = i.indcollation[p.place - 1]
        LEFT JOIN pg_opclass AS b ON b.oid = i.indclass[p.place - 1]) AS parts
FROM pg_index AS i
JOIN pg_class AS x ON x.oid = i.indexrelid
JOIN pg_am AS m ON m.oid = x.relam
JOIN pg_class AS c ON c.oid = i.indrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relname NOT LIKE $2 AND c.relkind = 'r' AND NOT c.relispartition
    AND NOT EXISTS (SELECT FROM pg_constraint AS k
        WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
ORDER BY c.relname, x.relname";

/// The enumeration types.
pub(super) const ENUMS: &str = "
SELECT t.typname::text AS name, json_agg(e.enumlabel ORDER BY e.enumsortorder) AS labels
FROM pg_type AS t
JOIN pg_namespace AS n ON n.oid = t.typnamespace
JOIN pg_enum AS e ON e.enumtypid = t.oid
WHERE n.nspname = $1 AND t.typname NOT LIKE $2
    AND NOT EXISTS (SELECT FROM pg_depend AS d
        WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')
GROUP BY t.typname ORDER BY t.typname";

/// The triggers that somebody made.
pub(super) const TRIGGERS: &str = "
SELECT g.tgname::text AS name, c.relname::text AS table_name,
    pg_get_triggerdef(g.oid, TRUE) AS definition
FROM pg_trigger AS g
JOIN pg_class AS c ON c.oid = g.tgrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relname NOT LIKE $2 AND NOT g.tgisinternal
    AND c.relkind IN ('r', 'v') AND NOT c.relispartition
ORDER BY c.relname, g.tgname";

/// What else there is; functions with their definitions, unqualified as all else is.
pub(super) const BEYOND: &str = "
SELECT CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END AS kind,
    p.proname::text AS name, NULL::text AS table_name,
    CASE WHEN p.prokind IN ('f', 'p') THEN replace(pg_get_functiondef(p.oid),
        ' ' || quote_ident(n.nspname) || '.' || quote_ident(p.proname) || '(',
        ' ' || quote_ident(p.proname) || '(') END AS definition
FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
WHERE n.nspname = $1 AND NOT EXISTS (SELECT FROM pg_depend AS d
    WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
UNION ALL
SELECT CASE t.typtype WHEN 'd' THEN 'domain' ELSE 'range type' END, t.typname::text, NULL, NULL
FROM pg_type AS t JOIN pg_namespace AS n ON n.oid = t.typnamespace
WHERE n.nspname = $1 AND t.typtype IN ('d', 'r') AND NOT EXISTS (SELECT FROM pg_depend AS d
    WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')
UNION ALL
SELECT part.kind, part.name::text, c.relname::text, NULL
FROM (
    SELECT 'row-level policy' AS kind, polname AS name, polrelid AS id FROM pg_policy
    UNION ALL SELECT 'rule', rulename, ev_class FROM pg_rewrite WHERE rulename <> '_RETURN'
    UNION ALL SELECT 'extended statistics', stxname, stxrelid FROM pg_statistic_ext
    UNION ALL SELECT 'inheritance', relname, inhrelid
        FROM pg_inherits JOIN pg_class ON pg_class.oid = inhparent AND relkind = 'r'
    UNION ALL SELECT 'sequence options', seq.relname, d.refobjid
        FROM pg_sequence AS s JOIN pg_class AS seq ON seq.oid = s.seqrelid
        JOIN pg_depend AS d ON d.classid = 'pg_class'::regclass AND d.objid = s.seqrelid
            AND d.deptype IN ('a', 'i') AND d.refclassid = 'pg_class'::regclass
        WHERE s.seqstart <> 1 OR s.seqincrement <> 1 OR s.seqcycle OR s.seqmin <> 1
) AS part
JOIN pg_class AS c ON c.oid = part.id
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relname NOT LIKE $2
ORDER BY 1, 2, 3";
