//! Validation and curation: the votes of reviewers, and alerts.

use migration_support::prelude::*;
use sea_orm_migration::prelude::ForeignKeyAction;

use crate::row::{id, instants};

const CONFIDENCE: &[&str] = &["low", "medium", "high", "expert"];
const QUALITY: &[&str] = &["excellent", "good", "fair", "poor"];
const PRIORITY: &[&str] = &["low", "medium", "high", "critical"];
const STATUS: &[&str] = &["pending", "sent", "delivered", "failed", "cancelled"];

creates!(validation_events, alerts);

fn validation_events() -> Table {
    Table::new("validation_events")
        .column(id())
        .column(uuid("detection_id").not_null())
        .column(varchar("validator_id", 100).not_null())
        .column(boolean("is_valid").not_null())
        .column(varchar("label", 50))
        .column(enumeration("confidence_level", "confidence_level", CONFIDENCE))
        .column(text("notes"))
        .column(json("tags"))
        .column(enumeration("image_quality", "quality_level", QUALITY))
        .column(enumeration("detection_quality", "quality_level", QUALITY))
        .columns(instants())
        .foreign_key("detection_id", "detections", "id")
        .named("fk_validation_events_detection")
        .on_delete(ForeignKeyAction::Restrict)
        .with(
            Index::new(
                "uq_validation_events_detection_validator",
                ["detection_id", "validator_id"],
            )
            .unique(),
        )
        .index("idx_validation_events_validator_id", ["validator_id", "created_at"])
        .check("ck_validation_events_validator", "length(trim(validator_id)) > 0")
        .check_for(
            "ck_validation_events_tags",
            "json_type(tags) = 'array'",
            "jsonb_typeof(tags) = 'array'",
        )
}

fn alerts() -> Table {
    Table::new("alerts")
        .column(id())
        .column(uuid("detection_id").not_null())
        .column(varchar("alert_type", 50).not_null())
        .column(enumeration("priority", "alert_priority", PRIORITY).not_null().default("medium"))
        .column(varchar("title", 200).not_null())
        .column(text("message").not_null())
        .column(json("alert_metadata"))
        .column(enumeration("status", "alert_status", STATUS).not_null().default("pending"))
        .column(timestamp("sent_at"))
        .column(int("delivery_attempts").not_null().default(0))
        .column(text("error_message"))
        .columns(instants())
        .foreign_key("detection_id", "detections", "id")
        .named("fk_alerts_detection")
        .on_delete(ForeignKeyAction::Restrict)
        .with(
            Index::new("uq_alerts_active", ["detection_id", "alert_type"])
                .unique()
                .filter("status IN ('pending', 'sent')"),
        )
        .index("idx_alerts_detection_id", ["detection_id"])
        .index("idx_alerts_status", ["status", "created_at"])
        .check(
            "ck_alerts_alert_type",
            "alert_type IN ('email', 'webhook', 'slack', 'sms', 'dashboard')",
        )
        .check("ck_alerts_attempts", "delivery_attempts >= 0")
        .check("ck_alerts_text", "length(trim(title)) > 0 AND length(trim(message)) > 0")
        .check("ck_alerts_sent", "status NOT IN ('sent', 'delivered') OR sent_at IS NOT NULL")
}
