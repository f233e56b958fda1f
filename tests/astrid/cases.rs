//! Rows that the database takes, and rows that it refuses: what is different in each from a good one.

/// The cells of a row that are its own; `null` is none, `=column` what another column holds.
type Changes<'a> = &'a [(&'a str, &'a str)];

/// What one check takes and refuses.
pub(crate) struct Case<'a> {
    pub(crate) table: &'a str,
    /// Its name.
    pub(crate) check: &'a str,
    pub(crate) take: &'a [Changes<'a>],
    pub(crate) refuse: &'a [Changes<'a>],
}

macro_rules! cases {
    ($($table:ident $check:ident
        takes $([$($column:literal: $text:literal),*])+
        refuses $([$($other:literal: $bad:literal),*])+;)+) => {
        &[$(Case {
            table: stringify!($table),
            check: stringify!($check),
            take: &[$(&[$(($column, $text)),*]),+],
            refuse: &[$(&[$(($other, $bad)),*]),+],
        }),+]
    };
}

/// A case for each check of the design that has a name.
pub(crate) const CHECKS: &[Case<'static>] = cases! {
    surveys ck_surveys_name takes ["name": "x"] refuses ["name": "  "];
    observations ck_observations_ra
        takes ["ra": "0"] ["ra": "360"]
        refuses ["ra": "360.0000001"] ["ra": "-0.0000001"];
    observations ck_observations_dec
        takes ["dec": "90"] ["dec": "-90"]
        refuses ["dec": "90.0000001"] ["dec": "-90.0000001"];
    observations ck_observations_exposure_time
        takes ["exposure_time": "0.001"] refuses ["exposure_time": "0"] ["exposure_time": "-1"];
    observations ck_observations_airmass
        takes ["airmass": "0.01"] ["airmass": "null"] refuses ["airmass": "0"];
    observations ck_observations_seeing
        takes ["seeing": "0.001"] ["seeing": "null"] refuses ["seeing": "0"];
    observations ck_observations_pixel_scale
        takes ["pixel_scale": "0.0001"] refuses ["pixel_scale": "0"];
    observations ck_observations_image_size
        takes ["image_width": "1", "image_height": "1"] ["image_width": "null"]
        refuses ["image_width": "0"] ["image_height": "-1"];
    system_config ck_system_config_value takes ["value": "{}"] refuses ["value": "[]"] ["value": "1"];
    preprocess_runs ck_preprocess_runs_quality
        takes ["registration_quality": "0"] ["registration_quality": "1"]
        refuses ["registration_quality": "1.001"] ["registration_quality": "-0.001"];
    preprocess_runs ck_preprocess_runs_time
        takes ["processing_time_seconds": "0"] refuses ["processing_time_seconds": "-1"];
    preprocess_runs ck_preprocess_runs_retry
        takes ["retry_count": "0"] refuses ["retry_count": "-1"];
    preprocess_runs ck_preprocess_runs_state
        takes ["status": "running", "completed_at": "null"]
            ["status": "pending", "started_at": "null", "completed_at": "null"]
        refuses ["status": "running", "started_at": "null"]
            ["status": "completed", "completed_at": "null"]
            ["status": "failed", "completed_at": "null"];
    difference_runs ck_difference_runs_algorithm
        takes ["algorithm": "classic"] ["algorithm": "hotpants"] refuses ["algorithm": "ZOGY"];
    difference_runs ck_difference_runs_reference
        takes ["reference_observation_id": "null"]
        refuses ["reference_observation_id": "=observation_id"];
    difference_runs ck_difference_runs_noise
        takes ["noise_level": "0.000001"] refuses ["noise_level": "0"];
    difference_runs ck_difference_runs_threshold
        takes ["detection_threshold": "0.000001"] refuses ["detection_threshold": "0"];
    difference_runs ck_difference_runs_found
        takes ["candidates_found": "0"] refuses ["candidates_found": "-1"];
    difference_runs ck_difference_runs_time
        takes ["processing_time_seconds": "0"] refuses ["processing_time_seconds": "-1"];
    difference_runs ck_difference_runs_retry
        takes ["retry_count": "0"] refuses ["retry_count": "-1"];
    difference_runs ck_difference_runs_state
        takes ["status": "running", "completed_at": "null"]
        refuses ["status": "running", "started_at": "null"]
            ["status": "failed", "completed_at": "null"];
    candidates ck_candidates_ra
        takes ["ra": "0"] ["ra": "360"] refuses ["ra": "360.0000001"] ["ra": "-0.0000001"];
    candidates ck_candidates_dec
        takes ["dec": "90"] ["dec": "-90"] refuses ["dec": "90.0000001"] ["dec": "-90.0000001"];
    candidates ck_candidates_pixel
        takes ["pixel_x": "0", "pixel_y": "0"] refuses ["pixel_x": "-1"] ["pixel_y": "-1"];
    candidates ck_candidates_flux_error
        takes ["flux_error": "0"] refuses ["flux_error": "-0.000001"];
    candidates ck_candidates_fwhm takes ["fwhm": "0.001"] refuses ["fwhm": "0"];
    candidates ck_candidates_ellipticity
        takes ["ellipticity": "0"] ["ellipticity": "1"]
        refuses ["ellipticity": "1.001"] ["ellipticity": "-0.001"];
    candidates ck_candidates_position_angle
        takes ["position_angle": "0"] ["position_angle": "360"]
        refuses ["position_angle": "360.01"] ["position_angle": "-0.01"];
    processing_jobs ck_processing_jobs_job_type
        takes ["job_type": "notify"] refuses ["job_type": "sleep"];
    processing_jobs ck_processing_jobs_entity_type
        takes ["entity_type": "alert"] refuses ["entity_type": "alerts"];
    processing_jobs ck_processing_jobs_retry
        takes ["retry_count": "0", "max_retries": "0"] ["retry_count": "10", "max_retries": "10"]
        refuses ["retry_count": "-1"] ["max_retries": "11"] ["retry_count": "4"];
    processing_jobs ck_processing_jobs_state
        takes ["status": "running"] ["status": "pending", "claim_token": "null"]
        refuses ["status": "pending"] ["claim_token": "null"] ["claimed_by": "null"]
            ["lease_expires_at": "null"];
    processing_jobs ck_processing_jobs_done
        takes ["status": "failed", "claim_token": "null"]
        refuses ["status": "failed", "claim_token": "null", "completed_at": "null"]
            ["status": "cancelled", "claim_token": "null", "completed_at": "null"];
    models ck_models_scores
        takes ["precision": "0", "recall": "1", "f1_score": "0", "accuracy": "1"]
        refuses ["precision": "1.0001"] ["precision": "-0.0001"] ["recall": "1.0001"]
            ["recall": "-0.0001"] ["f1_score": "1.0001"] ["f1_score": "-0.0001"]
            ["accuracy": "1.0001"] ["accuracy": "-0.0001"];
    models ck_models_active
        takes ["is_active": "true"] ["is_active": "false", "deployment_date": "null"]
        refuses ["is_active": "true", "deployment_date": "null"];
    model_runs ck_model_runs_counts
        takes ["inference_time_ms": "0", "memory_usage_mb": "0", "total_predictions": "0",
            "high_confidence_predictions": "0"]
        refuses ["inference_time_ms": "-1"] ["memory_usage_mb": "-1"]
            ["high_confidence_predictions": "-1"]
            ["total_predictions": "1", "high_confidence_predictions": "2"];
    model_runs ck_model_runs_state
        takes ["status": "running", "completed_at": "null"]
        refuses ["status": "running", "started_at": "null"]
            ["status": "completed", "completed_at": "null"];
    detections ck_detections_confidence_score
        takes ["confidence_score": "0"] ["confidence_score": "1"]
        refuses ["confidence_score": "1.0001"] ["confidence_score": "-0.0001"];
    detections ck_detections_ra
        takes ["ra": "0"] ["ra": "360"] refuses ["ra": "360.0000001"] ["ra": "-0.0000001"];
    detections ck_detections_dec
        takes ["dec": "90"] ["dec": "-90"] refuses ["dec": "90.0000001"] ["dec": "-90.0000001"];
    detections ck_detections_pixel
        takes ["pixel_x": "0", "pixel_y": "0"] refuses ["pixel_x": "-1"] ["pixel_y": "-1"];
    detections ck_detections_validation_confidence
        takes ["validation_confidence": "0"] ["validation_confidence": "1"]
        refuses ["validation_confidence": "1.0001"] ["validation_confidence": "-0.0001"];
    detections ck_detections_inference_time
        takes ["inference_time_ms": "0"] refuses ["inference_time_ms": "-1"];
    detections ck_detections_validated
        takes ["status": "confirmed", "is_validated": "true"]
            ["status": "rejected", "is_validated": "false"]
        refuses ["status": "confirmed", "is_validated": "false"]
            ["status": "validated", "is_validated": "false"];
    validation_events ck_validation_events_validator
        takes ["validator_id": "x"] refuses ["validator_id": " "];
    validation_events ck_validation_events_tags
        takes ["tags": "[]"] ["tags": "null"] refuses ["tags": "{}"];
    alerts ck_alerts_alert_type
        takes ["alert_type": "webhook"] ["alert_type": "slack"] ["alert_type": "sms"]
            ["alert_type": "dashboard"]
        refuses ["alert_type": "pigeon"];
    alerts ck_alerts_attempts
        takes ["delivery_attempts": "0"] refuses ["delivery_attempts": "-1"];
    alerts ck_alerts_text
        takes ["title": "x", "message": "x"] refuses ["title": " "] ["message": " "];
    alerts ck_alerts_sent
        takes ["status": "pending", "sent_at": "null"]
        refuses ["status": "sent", "sent_at": "null"] ["status": "delivered", "sent_at": "null"];
    audit_log ck_audit_log_names
        takes ["entity_type": "x", "action": "x"] refuses ["entity_type": " "] ["action": " "];
};

/// Of each unique key that is only of some rows: its name, and what makes a row one of them, and no longer one.
pub(crate) const KEYS: &[(&str, Changes<'static>, Changes<'static>)] = &[
    ("uq_preprocess_runs_active", &[("status", "pending")], &[("status", "completed")]),
    ("uq_difference_runs_active", &[("status", "pending")], &[("status", "completed")]),
    (
        "uq_processing_jobs_active",
        &[("status", "running")],
        &[("status", "completed"), ("claim_token", "null")],
    ),
    ("uq_models_active_name", &[("is_active", "true")], &[("is_active", "false")]),
    ("uq_detections_run_candidate", &[], &[("candidate_id", "null")]),
    ("uq_alerts_active", &[("status", "pending")], &[("status", "cancelled")]),
];
