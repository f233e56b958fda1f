"""The pipeline's models: its ORM layer's, and where that says nothing, the schema document's tables.

They ask for what the pipeline's code asks for, which is less than a file holds, and more than an old one does.
"""

from typing import Optional

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

Number = Optional[float]
Word = Optional[str]


class ProductsBase(DeclarativeBase):
    """The tables of products."""


class CalRegistryBase(DeclarativeBase):
    """The tables of cal_registry."""


class HDF5Base(DeclarativeBase):
    """The tables of hdf5."""


class IngestBase(DeclarativeBase):
    """The tables of ingest."""


class DataRegistryBase(DeclarativeBase):
    """The tables of data_registry."""


class MSIndex(ProductsBase):
    __tablename__ = "ms_index"
    __table_args__ = (Index("idx_ms_index_stage_path", "stage", "path"), Index("idx_ms_index_status", "status"))

    path: Mapped[str] = mapped_column(primary_key=True)
    start_mjd: Mapped[Number]
    end_mjd: Mapped[Number]
    mid_mjd: Mapped[Number]
    processed_at: Mapped[Number]
    status: Mapped[Word]
    stage: Mapped[Word]
    stage_updated_at: Mapped[Number]
    cal_applied: Mapped[Optional[int]] = mapped_column(default=0)
    imagename: Mapped[Word]
    ra_deg: Mapped[Number]
    dec_deg: Mapped[Number]
    field_name: Mapped[Word]
    pointing_ra_deg: Mapped[Number]
    pointing_dec_deg: Mapped[Number]


class Image(ProductsBase):
    __tablename__ = "images"
    __table_args__ = (Index("idx_images_ms_path", "ms_path"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    path: Mapped[str]
    ms_path: Mapped[str]
    created_at: Mapped[float]
    type: Mapped[str]
    beam_major_arcsec: Mapped[Number]
    beam_minor_arcsec: Mapped[Number]
    beam_pa_deg: Mapped[Number]
    noise_jy: Mapped[Number]
    pbcor: Mapped[Optional[int]] = mapped_column(default=0)
    format: Mapped[Word] = mapped_column(default="fits")
    dynamic_range: Mapped[Number]
    field_name: Mapped[Word]
    center_ra_deg: Mapped[Number]
    center_dec_deg: Mapped[Number]
    imsize_x: Mapped[Optional[int]]
    imsize_y: Mapped[Optional[int]]
    cellsize_arcsec: Mapped[Number]
    freq_ghz: Mapped[Number]
    bandwidth_mhz: Mapped[Number]
    integration_sec: Mapped[Number]


class Photometry(ProductsBase):
    __tablename__ = "photometry"
    __table_args__ = (Index("idx_photometry_image", "image_path"), Index("idx_photometry_source_id", "source_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[Word]
    image_path: Mapped[str]
    ra_deg: Mapped[float]
    dec_deg: Mapped[float]
    nvss_flux_mjy: Mapped[Number]
    peak_jyb: Mapped[float]
    peak_err_jyb: Mapped[Number]
    measured_at: Mapped[float]
    snr: Mapped[Number]
    mjd: Mapped[Number]
    flux_jy: Mapped[Number]
    flux_err_jy: Mapped[Number]
    normalized_flux_jy: Mapped[Number]
    normalized_flux_err_jy: Mapped[Number]
    mosaic_path: Mapped[Word]
    sep_from_center_deg: Mapped[Number]
    flags: Mapped[Optional[int]] = mapped_column(default=0)


class HDF5FileIndexProducts(ProductsBase):
    __tablename__ = "hdf5_file_index"
    __table_args__ = (Index("idx_hdf5_group_id", "group_id"), Index("idx_hdf5_stored", "stored"))

    path: Mapped[str] = mapped_column(primary_key=True)
    filename: Mapped[str]
    group_id: Mapped[str]
    subband_code: Mapped[str]
    timestamp_iso: Mapped[Word]
    timestamp_mjd: Mapped[Number]
    file_size_bytes: Mapped[Optional[int]]
    modified_time: Mapped[Number]
    indexed_at: Mapped[float]
    stored: Mapped[Optional[int]] = mapped_column(default=1)


class StorageLocation(ProductsBase):
    __tablename__ = "storage_locations"
    __table_args__ = (UniqueConstraint("location_type", "base_path"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    location_type: Mapped[str]
    base_path: Mapped[str]
    description: Mapped[Word]
    registered_at: Mapped[float]
    status: Mapped[Word] = mapped_column(default="active")
    notes: Mapped[Word]


class BatchJob(ProductsBase):
    __tablename__ = "batch_jobs"

    id: Mapped[int] = mapped_column(primary_key=True)
    type: Mapped[str]
    created_at: Mapped[float]
    status: Mapped[str]
    total_items: Mapped[int]
    completed_items: Mapped[Optional[int]] = mapped_column(default=0)
    failed_items: Mapped[Optional[int]] = mapped_column(default=0)
    params: Mapped[Word] = mapped_column(Text)
    items: Mapped[list["BatchJobItem"]] = relationship(back_populates="batch_job")


class BatchJobItem(ProductsBase):
    __tablename__ = "batch_job_items"

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch_jobs.id"))
    ms_path: Mapped[str]
    job_id: Mapped[Optional[int]]
    status: Mapped[str]
    error: Mapped[Word] = mapped_column(Text)
    started_at: Mapped[Number]
    batch_job: Mapped[BatchJob] = relationship(back_populates="items")


class TransientCandidate(ProductsBase):
    __tablename__ = "transient_candidates"

    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[Word]
    ra_deg: Mapped[float]
    dec_deg: Mapped[float]
    detection_type: Mapped[str]
    significance_sigma: Mapped[Number]
    detected_at: Mapped[Number]
    priority: Mapped[Word] = mapped_column(default="normal")
    n_detections: Mapped[Optional[int]] = mapped_column(default=0)
    mean_flux_jy: Mapped[Number]
    std_flux_jy: Mapped[Number]
    eta: Mapped[Number]
    v_index: Mapped[Number]
    chi_squared: Mapped[Number]
    is_variable: Mapped[Optional[int]] = mapped_column(default=0)
    ese_candidate: Mapped[Optional[int]] = mapped_column(default=0)
    first_detected_at: Mapped[Number]
    last_detected_at: Mapped[Number]
    last_updated: Mapped[Number]
    notes: Mapped[Word] = mapped_column(Text)


class CalibratorTransit(ProductsBase):
    __tablename__ = "calibrator_transits"

    calibrator_name: Mapped[str] = mapped_column(primary_key=True)
    transit_mjd: Mapped[float] = mapped_column(primary_key=True)
    transit_iso: Mapped[str]
    has_data: Mapped[int] = mapped_column(default=0)
    group_id: Mapped[Word]
    group_mid_iso: Mapped[Word]
    delta_minutes: Mapped[Number]
    pb_response: Mapped[Number]
    dec_match: Mapped[int] = mapped_column(default=0)
    calculated_at: Mapped[float]
    updated_at: Mapped[float]


class DeadLetterQueue(ProductsBase):
    __tablename__ = "dead_letter_queue"

    id: Mapped[int] = mapped_column(primary_key=True)
    component: Mapped[str]
    operation: Mapped[str]
    error_type: Mapped[str]
    error_message: Mapped[Word] = mapped_column(Text)
    context_json: Mapped[Word] = mapped_column(Text)
    created_at: Mapped[float]
    retry_count: Mapped[Optional[int]] = mapped_column(default=0)
    status: Mapped[Word] = mapped_column(default="pending")
    resolved_at: Mapped[Number]
    resolution_note: Mapped[Word] = mapped_column(Text)


class MonitoringSource(ProductsBase):
    __tablename__ = "monitoring_sources"

    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[str] = mapped_column(unique=True)
    ra_deg: Mapped[float]
    dec_deg: Mapped[float]
    n_detections: Mapped[Optional[int]] = mapped_column(default=0)
    mean_flux_jy: Mapped[Number]
    std_flux_jy: Mapped[Number]
    eta: Mapped[Number]
    v_index: Mapped[Number]
    is_variable: Mapped[Optional[int]] = mapped_column(default=0)
    ese_candidate: Mapped[Optional[int]] = mapped_column(default=0)
    first_detected_at: Mapped[Number]
    last_detected_at: Mapped[Number]


class Caltable(CalRegistryBase):
    __tablename__ = "caltables"

    id: Mapped[int] = mapped_column(primary_key=True)
    set_name: Mapped[str]
    path: Mapped[str] = mapped_column(unique=True)
    table_type: Mapped[str]
    order_index: Mapped[int]
    cal_field: Mapped[Word]
    refant: Mapped[Word]
    created_at: Mapped[float]
    valid_start_mjd: Mapped[Number]
    valid_end_mjd: Mapped[Number]
    status: Mapped[str]
    notes: Mapped[Word] = mapped_column(Text)
    source_ms_path: Mapped[Word]
    solver_command: Mapped[Word]
    solver_version: Mapped[Word]
    solver_params: Mapped[Word] = mapped_column(Text)
    quality_metrics: Mapped[Word] = mapped_column(Text)


class HDF5FileIndex(HDF5Base):
    __tablename__ = "hdf5_file_index"

    path: Mapped[str] = mapped_column(primary_key=True)
    filename: Mapped[str]
    group_id: Mapped[str]
    subband_code: Mapped[str]
    subband_num: Mapped[Optional[int]]
    timestamp_iso: Mapped[str]
    timestamp_mjd: Mapped[float]
    file_size_bytes: Mapped[Optional[int]]
    modified_time: Mapped[Number]
    indexed_at: Mapped[Number]
    stored: Mapped[Optional[int]] = mapped_column(default=1)
    ra_deg: Mapped[Number]
    dec_deg: Mapped[Number]
    obs_date: Mapped[Word]
    obs_time: Mapped[Word]


class HDF5StorageLocation(HDF5Base):
    __tablename__ = "storage_locations"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    path: Mapped[str]
    description: Mapped[Word]


class PointingHistory(HDF5Base):
    __tablename__ = "pointing_history"

    timestamp: Mapped[float] = mapped_column(primary_key=True)
    ra_deg: Mapped[Number]
    dec_deg: Mapped[Number]


class IngestQueue(IngestBase):
    __tablename__ = "ingest_queue"

    group_id: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    received_at: Mapped[float]
    last_update: Mapped[float]
    expected_subbands: Mapped[Optional[int]] = mapped_column(default=16)
    has_calibrator: Mapped[Optional[int]]
    calibrators: Mapped[Word] = mapped_column(Text)
    retry_count: Mapped[Optional[int]] = mapped_column(default=0)
    error_message: Mapped[Word] = mapped_column(Text)
    subbands: Mapped[list["SubbandFile"]] = relationship(back_populates="group")


class SubbandFile(IngestBase):
    __tablename__ = "subband_files"
    __table_args__ = (UniqueConstraint("group_id", "subband_idx"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[str] = mapped_column(ForeignKey("ingest_queue.group_id"))
    subband_idx: Mapped[int]
    file_path: Mapped[str]
    file_size: Mapped[Optional[int]]
    discovered_at: Mapped[float]
    group: Mapped[IngestQueue] = relationship(back_populates="subbands")


class PerformanceMetrics(IngestBase):
    __tablename__ = "performance_metrics"

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[str] = mapped_column(ForeignKey("ingest_queue.group_id"), unique=True)
    writer_type: Mapped[Word]
    conversion_time: Mapped[Number]
    concat_time: Mapped[Number]
    k_solve_time: Mapped[Number]
    bp_solve_time: Mapped[Number]
    g_solve_time: Mapped[Number]
    imaging_time: Mapped[Number]
    photometry_time: Mapped[Number]
    total_time: Mapped[Number]
    recorded_at: Mapped[float]


class PointingHistoryIngest(IngestBase):
    __tablename__ = "pointing_history"

    timestamp: Mapped[float] = mapped_column(primary_key=True)
    ra_deg: Mapped[Number]
    dec_deg: Mapped[Number]


class DataRegistry(DataRegistryBase):
    __tablename__ = "data_registry"
    __table_args__ = (UniqueConstraint("data_type", "data_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    data_type: Mapped[str]
    data_id: Mapped[str] = mapped_column(unique=True)
    base_path: Mapped[str]
    status: Mapped[str] = mapped_column(default="staging")
    stage_path: Mapped[str]
    published_path: Mapped[Word]
    created_at: Mapped[float]
    staged_at: Mapped[float]
    published_at: Mapped[Number]
    publish_mode: Mapped[Word]
    metadata_json: Mapped[Word] = mapped_column(Text)
    qa_status: Mapped[Word]
    validation_status: Mapped[Word]
    finalization_status: Mapped[Word] = mapped_column(default="pending")
    auto_publish_enabled: Mapped[Optional[int]] = mapped_column(default=1)
    publish_attempts: Mapped[Optional[int]] = mapped_column(default=0)
    publish_error: Mapped[Word] = mapped_column(Text)
    photometry_status: Mapped[Word]
    photometry_job_id: Mapped[Word]
    tags: Mapped[list["DataTag"]] = relationship(back_populates="data_entry")


class DataRelationship(DataRegistryBase):
    __tablename__ = "data_relationships"
    __table_args__ = (UniqueConstraint("parent_data_id", "child_data_id", "relationship_type"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    parent_data_id: Mapped[str] = mapped_column(ForeignKey("data_registry.data_id"))
    child_data_id: Mapped[str] = mapped_column(ForeignKey("data_registry.data_id"))
    relationship_type: Mapped[str]


class DataTag(DataRegistryBase):
    __tablename__ = "data_tags"
    __table_args__ = (UniqueConstraint("data_id", "tag"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    data_id: Mapped[str] = mapped_column(ForeignKey("data_registry.data_id"))
    tag: Mapped[str]
    data_entry: Mapped[DataRegistry] = relationship(back_populates="tags")


BASES = {
    "products": ProductsBase,
    "cal_registry": CalRegistryBase,
    "hdf5": HDF5Base,
    "ingest": IngestBase,
    "data_registry": DataRegistryBase,
}
