//! The analyses after a session: FaceSign completes a session first and analyses its video later.

use serde_json::{Map, Value, json};

use super::behaviour::{Deepfake, Video, VideoStatusWords};
use crate::kit::json::set;

/// The state of an analysis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Analysis<T> {
    NotRequested,
    /// Since this instant, in milliseconds; `None` while the session itself is not complete.
    Pending(Option<i64>),
    Finished {
        started_at: i64,
        at: i64,
        result: T,
    },
}

impl<T> Analysis<T> {
    pub(crate) fn is_pending(&self) -> bool {
        match self {
            Self::Pending(_) => true,
            Self::NotRequested | Self::Finished { .. } => false,
        }
    }

    /// Finishes it, whether or not it was requested.
    pub(crate) fn finish(&mut self, now: i64, result: T) {
        let started_at = match self {
            Self::Pending(Some(since)) => *since,
            Self::NotRequested | Self::Pending(None) | Self::Finished { .. } => now,
        };
        *self = Self::Finished {
            started_at,
            at: now,
            result,
        };
    }
}

/// Adds the video analysis to a report.
pub(crate) fn report_video(report: &mut Map<String, Value>, analysis: Analysis<Video>, words: VideoStatusWords) {
    let good = match words {
        VideoStatusWords::Completed => "completed",
        VideoStatusWords::Succeeded => "succeeded",
    };
    let (status, evaluation) = match analysis {
        Analysis::NotRequested => return,
        Analysis::Pending(_) => ("pending", None),
        Analysis::Finished { result, .. } => match result {
            Video::Normal => (good, Some("normal")),
            Video::Suspicious => (good, Some("suspicious")),
            Video::HighFraudRisk => (good, Some("highFraudRisk")),
            Video::Failed => ("failed", None),
            Video::TimedOut => match words {
                VideoStatusWords::Completed => ("timedOut", None),
                // The older list has no such status.
                VideoStatusWords::Succeeded => ("failed", None),
            },
            Video::Never => ("pending", None),
        },
    };
    report.insert("videoAIAnalysisStatus".to_owned(), json!(status));
    if let Some(evaluation) = evaluation {
        let criterion = |evaluation: &str| json!({"observation": "Simulated observation.", "confidence": 0.9, "evaluation": evaluation});
        let risky: &[&str] = if evaluation == "normal" {
            &[]
        } else {
            &["eyeAndHeadMovement"]
        };
        report.insert(
            "videoAIAnalysis".to_owned(),
            json!({
                "behavioralAnomalies": criterion("normal"),
                "environmentalConsistency": criterion("normal"),
                "eyeAndHeadMovement": criterion(evaluation),
                "faceAuthenticity": criterion("normal"),
                "facialExpressionAndMovement": criterion("normal"),
                "interactionConfidence": criterion("normal"),
                "lipSyncAccuracy": criterion("normal"),
                "presenceOfSuspiciousObjectsOrPeople": criterion("normal"),
                "useOfExternalDevices": criterion("normal"),
                "riskyIndicators": risky,
            }),
        );
    }
}

/// Adds the deepfake detection to a report.
pub(crate) fn report_deepfake(report: &mut Map<String, Value>, analysis: Analysis<Deepfake>) {
    let (status, verdict) = match analysis {
        Analysis::NotRequested => return,
        Analysis::Pending(since) => (json!({"state": "pending", "startedAt": since}), None),
        Analysis::Finished { started_at, at, result } => {
            let ended = |state: &str| json!({"state": state, "startedAt": started_at, "finishedAt": at});
            let verdict =
                |verdict: &str, score: Value| Some(json!({"verdict": verdict, "score": score, "analyzedAt": at}));
            match result {
                Deepfake::NotRequested => return,
                Deepfake::Authentic => (ended("succeeded"), verdict("authentic", json!(0.03))),
                Deepfake::Manipulated => (ended("succeeded"), verdict("manipulated", json!(0.97))),
                Deepfake::Unknown => (ended("succeeded"), verdict("unknown", Value::Null)),
                Deepfake::Failed => {
                    let mut status = ended("failed");
                    set(&mut status, "errorCode", json!("provider_error"));
                    (status, None)
                }
                Deepfake::TimedOut => (ended("timed_out"), None),
                Deepfake::Never => (json!({"state": "pending", "startedAt": started_at}), None),
            }
        }
    };
    report.insert("deepfakeDetectionStatus".to_owned(), status);
    if let Some(verdict) = verdict {
        report.insert("deepfakeDetection".to_owned(), verdict);
    }
}
