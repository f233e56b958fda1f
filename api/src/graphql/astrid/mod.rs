//! The optical-transient pipeline.

table! { AstridSurvey shows astrid::survey;
    /// Its observations.
    many observations: AstridObservation, Id => SurveyId;
}

table! { AstridObservation shows astrid::observation;
    /// The survey it belongs to.
    one survey: AstridSurvey, SurveyId => Id;
}
