//! What models cost: the energy of their training and of their runs.

use migration_support::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        add_columns(manager, "models", &training()).await?;
        add_columns(manager, "model_runs", &inference()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_columns(manager, "model_runs", &inference()).await?;
        drop_columns(manager, "models", &training()).await
    }
}

fn training() -> [Column; 5] {
    [
        decimal("training_energy_wh", 10, 4).check("training_energy_wh >= 0"),
        decimal("training_avg_power_w", 8, 2).check("training_avg_power_w >= 0"),
        decimal("training_peak_power_w", 8, 2).check("training_peak_power_w >= 0"),
        int("training_duration_seconds").check("training_duration_seconds >= 0"),
        decimal("training_carbon_footprint_kg", 10, 6).check("training_carbon_footprint_kg >= 0"),
    ]
}

fn inference() -> [Column; 4] {
    [
        decimal("energy_consumed_wh", 8, 4).check("energy_consumed_wh >= 0"),
        decimal("avg_power_draw_w", 6, 2).check("avg_power_draw_w >= 0"),
        decimal("peak_power_draw_w", 6, 2).check("peak_power_draw_w >= 0"),
        decimal("carbon_footprint_g", 8, 4).check("carbon_footprint_g >= 0"),
    ]
}
