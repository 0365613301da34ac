//! The host's capture of faces. `pkg/enrolment/face.js` calls it.

use std::cell::Cell;

use sca_protocol::{
    PageFactors,
    face_scan::{Blob, FaceScan},
    flow::NoScan,
};
use wasm_bindgen::JsValue;

use super::object::{call, member, settled};
use crate::driver::ports::{CapturedFace, FaceCapture};

/// The functions of the script; `undefined` if the host has no capture.
#[derive(Clone, Debug, Default)]
pub struct BrowserFaceCapture(JsValue);

impl BrowserFaceCapture {
    /// With the script's functions, as members of an object.
    #[must_use]
    pub fn new(script: JsValue) -> Self {
        Self(script)
    }
}

impl FaceCapture for BrowserFaceCapture {
    fn here(&self) -> Option<PageFactors> {
        PageFactors::HERE.filter(|_| self.0.is_object())
    }

    async fn capture(&self, session: &Blob) -> Result<CapturedFace, NoScan> {
        let capture = call(&self.0, "start", &[JsValue::from_str(session.as_str())]).ok_or(NoScan::Failed)?;
        let capture = Capture {
            script: capture,
            is_over: Cell::new(false),
        };
        let scan = member(&capture.script, "scan").ok_or(NoScan::Failed)?;
        let scan = settled(&scan).await.ok_or(NoScan::Failed)?;
        if scan.is_null() {
            capture.finish(None);
            return Err(NoScan::Cancelled);
        }
        let Some(scan) = scan_in(&scan) else {
            capture.finish(None);
            return Err(NoScan::Failed);
        };
        Ok(CapturedFace {
            scan,
            finish: Box::new(move |result| capture.finish(result)),
        })
    }
}

/// A capture that the host is asked for. Dropping it before its end tells the host to stop.
struct Capture {
    script: JsValue,
    is_over: Cell<bool>,
}

impl Capture {
    /// Passes the face server's result to the host's SDK.
    fn finish(&self, result: Option<&str>) {
        self.is_over.set(true);
        call(
            &self.script,
            "finish",
            &[result.map_or(JsValue::NULL, JsValue::from_str)],
        );
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        if !self.is_over.get() {
            call(&self.script, "abort", &[]);
        }
    }
}

/// The host's scan, if it has the form of one.
fn scan_in(value: &JsValue) -> Option<FaceScan> {
    let text = |name| member(value, name)?.as_string();
    let scan = FaceScan {
        face_scan: Blob::new(text("faceScan")?),
        audit_trail_image: Blob::new(text("auditTrailImage")?),
        low_quality_audit_trail_image: Blob::new(text("lowQualityAuditTrailImage")?),
        user_agent: text("userAgent"),
    };
    scan.has_form().then_some(scan)
}
