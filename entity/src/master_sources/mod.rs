//! The crossmatch of NVSS, VLASS and FIRST, and the sources in it that serve as references.

pub mod build_meta;
pub mod final_reference;
pub mod good_reference;
pub mod source;
pub mod stable_id;

change_log!();

tables! { MasterSources:
    source => "Source",
    good_reference => "GoodReference" view,
    final_reference => "FinalReference" view,
    build_meta => "CatalogBuildMeta",
    stable_id => "StableId",
    change_log => "MasterSourcesChange",
}
