//! Words of the `ingest` database.

vocabularies! {
    /// Where an observation group is in the queue.
    IngestState {
        /// Waiting for more subbands.
        "collecting" => Collecting,
        /// Ready to be converted.
        "pending" => Pending,
        /// Being converted.
        "in_progress" => InProgress,
        /// Converted.
        "completed" => Completed,
        /// Given up after an error.
        "failed" => Failed,
    }

    /// How a measurement set is written.
    WriterType {
        /// Subband by subband, straight from the files.
        "direct-subband" => DirectSubband,
        /// By the `pyuvdata` library.
        "pyuvdata" => Pyuvdata,
        /// As the converter sees fit.
        "auto" => Auto,
        /// Subbands at the same time, put together afterwards.
        "parallel-subband" => ParallelSubband,
    }
}
