//! A partner's call, sent to Wise: <https://docs.wise.com/guides/developer/auth-and-security/sca-over-api>.

use http::{HeaderName, HeaderValue, Method};
use sca_core::{
    ProviderError, Secret,
    provider::{ForwardedCall, ForwardedResponse},
};
use sca_provider_http::{Call, sensitive};

use super::{Wise, refusal};

impl Wise {
    /// Sends a call and returns the response of any status.
    ///
    /// # Errors
    /// When there is no response, or it is too large; [`ProviderError::Malformed`] when the call is ambiguous.
    pub(super) async fn forward_call(
        &self,
        call: &ForwardedCall<'_>,
        token: Option<&Secret>,
    ) -> Result<ForwardedResponse, ProviderError> {
        let method = Method::from_bytes(call.method.as_bytes()).map_err(|_| ProviderError::Malformed)?;
        let mut request = Call::new("gate", method, call.path_and_query.to_owned());
        for (name, value) in call.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| ProviderError::Malformed)?;
            let value = HeaderValue::from_bytes(value).map_err(|_| ProviderError::Malformed)?;
            request.headers.append(name, value);
        }
        request.body = call.body.to_vec().into();
        request.cap = Some(call.max_response_bytes);
        request.through_gate = true;
        let mut request = request.bearer(call.access_token)?;
        request.headers.remove(refusal::APPROVAL);
        if let Some(token) = token {
            let value = sensitive(token.expose()).ok_or(ProviderError::TokenRefused(400))?;
            request = request.header(refusal::APPROVAL, value);
        }
        let answer = self.http.call_any(request).await?;
        let headers = answer
            .headers
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()));
        Ok(ForwardedResponse {
            status: answer.status.as_u16(),
            one_time_token: refusal::one_time_token(answer.status, &answer.headers),
            headers: headers.collect(),
            body: answer.body,
        })
    }
}
