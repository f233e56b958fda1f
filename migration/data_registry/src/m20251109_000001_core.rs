//! Data products, what relates them, and their tags.

use migration_support::prelude::*;

creates!(data_registry, data_relationships, data_tags);

fn data_registry() -> Table {
    Table::new("data_registry")
        .column(pk("id"))
        .column(text("data_type").not_null())
        .column(text("data_id").not_null().unique())
        .column(text("base_path").not_null())
        .column(text("status").not_null().default("staging"))
        .column(text("stage_path").not_null())
        .column(text("published_path"))
        .column(real("created_at").not_null())
        .column(real("staged_at").not_null())
        .column(real("published_at"))
        .column(text("publish_mode"))
        .column(text("metadata_json"))
        .column(text("qa_status"))
        .column(text("validation_status"))
        .column(text("finalization_status").default("pending"))
        .column(flag("auto_publish_enabled").default(true))
        .unique(["data_type", "data_id"])
        .index("idx_data_registry_type_status", ["data_type", "status"])
        .index("idx_data_registry_status", ["status"])
        .index("idx_data_registry_published_at", ["published_at"])
        .index("idx_data_registry_finalization", ["finalization_status"])
}

fn data_relationships() -> Table {
    Table::new("data_relationships")
        .column(pk("id"))
        .column(text("parent_data_id").not_null())
        .column(text("child_data_id").not_null())
        .column(text("relationship_type").not_null())
        .foreign_key("parent_data_id", "data_registry", "data_id")
        .foreign_key("child_data_id", "data_registry", "data_id")
        .unique(["parent_data_id", "child_data_id", "relationship_type"])
        .index("idx_data_relationships_parent", ["parent_data_id"])
        .index("idx_data_relationships_child", ["child_data_id"])
}

fn data_tags() -> Table {
    Table::new("data_tags")
        .column(pk("id"))
        .column(text("data_id").not_null())
        .column(text("tag").not_null())
        .foreign_key("data_id", "data_registry", "data_id")
        .unique(["data_id", "tag"])
        .index("idx_data_tags_data_id", ["data_id"])
}
