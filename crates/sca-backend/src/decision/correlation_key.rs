/// Who tells of something by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventSource {
    /// FaceSign.
    FaceSign,
    /// Weavr.
    Weavr,
}

/// What a provider's events are about: a session, a payment, a challenge. They name neither an approval nor, often, a challenge.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CorrelationKey {
    source: EventSource,
    name: String,
}

impl EventSource {
    /// Its name, as it is kept.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FaceSign => "facesign",
            Self::Weavr => "weavr",
        }
    }
}

impl CorrelationKey {
    /// A session of FaceSign's.
    #[must_use]
    pub fn face_session(id: &str) -> Self {
        Self {
            source: EventSource::FaceSign,
            name: id.to_owned(),
        }
    }

    /// Something of Weavr's: its kind, such as `outgoing_wire_transfers`, and its id. Ids of different kinds may be the same.
    #[must_use]
    pub fn weavr(kind: &str, id: &str) -> Self {
        Self {
            source: EventSource::Weavr,
            name: format!("{kind}/{id}"),
        }
    }

    /// Who tells of it.
    #[must_use]
    pub fn source(&self) -> EventSource {
        self.source
    }

    /// The source's name for it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// As it was kept.
    pub(crate) fn kept(source: EventSource, name: String) -> Self {
        Self { source, name }
    }
}

impl std::fmt::Debug for CorrelationKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}:{}", self.source.as_str(), self.name)
    }
}
