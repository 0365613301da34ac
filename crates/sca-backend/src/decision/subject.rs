/// Who tells of something by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Teller {
    /// FaceSign.
    FaceSign,
    /// Weavr.
    Weavr,
}

/// What a provider's events are about: a session, a payment, a challenge. They name neither an approval nor, often, a challenge.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Subject {
    teller: Teller,
    name: String,
}

impl Teller {
    /// Its name, as it is kept.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FaceSign => "facesign",
            Self::Weavr => "weavr",
        }
    }
}

impl Subject {
    /// A session of FaceSign's.
    #[must_use]
    pub fn face_session(id: &str) -> Self {
        Self {
            teller: Teller::FaceSign,
            name: id.to_owned(),
        }
    }

    /// Something of Weavr's: its kind, such as `outgoing_wire_transfers`, and its id. Ids of different kinds may be the same.
    #[must_use]
    pub fn weavr(kind: &str, id: &str) -> Self {
        Self {
            teller: Teller::Weavr,
            name: format!("{kind}/{id}"),
        }
    }

    /// Who tells of it.
    #[must_use]
    pub fn teller(&self) -> Teller {
        self.teller
    }

    /// The teller's name for it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// As it was kept.
    pub(crate) fn kept(teller: Teller, name: String) -> Self {
        Self { teller, name }
    }
}

impl std::fmt::Debug for Subject {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}:{}", self.teller.as_str(), self.name)
    }
}
