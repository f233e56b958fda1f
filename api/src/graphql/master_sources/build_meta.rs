//! How the catalogue was built.

table! { CatalogBuildMeta shows master_sources::build_meta;
}
