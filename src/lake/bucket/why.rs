//! Why a store did not do what it was asked to. What it answers may repeat what it was sent, also
//! the token of a session, so of an answer only the code is told.

use std::error::Error as _;

use object_store::Error;
use object_store::client::HttpError;

/// In words of our own.
pub(super) fn why(error: &Error) -> String {
    let text = error.to_string();
    // Who gives no credentials is taken for a machine of Amazon's, which has some of its own.
    if text.contains("/latest/api/token") || text.contains("/latest/meta-data/") {
        return "there are no credentials; AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY name them"
            .to_owned();
    }
    if let Some(code) = code(&text) {
        return match code {
            "NoSuchBucket" => "there is no such bucket".to_owned(),
            "AccessDenied" => "the store does not allow it (AccessDenied)".to_owned(),
            "InvalidAccessKeyId" | "SignatureDoesNotMatch" | "ExpiredToken" | "InvalidToken" => {
                format!("the store does not take the credentials ({code})")
            }
            code => format!("the store refuses ({code})"),
        };
    }
    if let Some(status) = status(&text) {
        return format!("the store answers {status}");
    }
    transport(error).unwrap_or_else(|| "the store's answer cannot be used".to_owned())
}

/// Whether it is not only the object that is missing.
pub(super) fn is_without_bucket(error: &Error) -> bool {
    code(&error.to_string()) == Some("NoSuchBucket")
}

/// The code of an answer.
fn code(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("<Code>")?;
    let (code, _) = rest.split_once("</Code>")?;
    code.bytes().all(|byte| byte.is_ascii_alphanumeric()).then_some(code)
}

/// The status of an answer.
fn status(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("status code: ")?;
    rest.get(..3).filter(|status| status.bytes().all(|byte| byte.is_ascii_digit()))
}

/// What the system says if there was no answer.
fn transport(error: &Error) -> Option<String> {
    let mut cause = error.source()?;
    let mut is_ours = false;
    loop {
        is_ours |= cause.is::<HttpError>();
        match cause.source() {
            Some(next) => cause = next,
            None => return is_ours.then(|| format!("the store cannot be asked: {cause}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use object_store::Error;

    use super::{is_without_bucket, why};

    fn answer(text: &str) -> Error {
        Error::Generic { store: "S3", source: text.into() }
    }

    #[test]
    fn of_an_answer_only_the_code_is_told() {
        let quoted = "Server returned non-2xx status code: 403 Forbidden: <Error><Code>Signature\
            DoesNotMatch</Code><CanonicalRequest>x-amz-security-token:hemmelig</CanonicalRequest>";
        let told = why(&answer(quoted));
        assert_eq!(told, "the store does not take the credentials (SignatureDoesNotMatch)");
        let odd = "status code: 502 Bad Gateway: <Code>x-amz-security-token: hemmelig</Code>";
        assert_eq!(why(&answer(odd)), "the store answers 502");
        assert_eq!(why(&answer("hemmelig")), "the store's answer cannot be used");
    }

    #[test]
    fn a_bucket_that_is_missing_is_no_object_that_is() {
        let missing = |code: &str| answer(&format!("status code: 404: <Code>{code}</Code>"));
        assert!(is_without_bucket(&missing("NoSuchBucket")));
        assert!(!is_without_bucket(&missing("NoSuchKey")));
    }
}
