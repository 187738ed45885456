//! A lake in a bucket of an object store that speaks S3.
//!
//! An object takes its place whole or not at all, so nothing needs a name of its own while it is
//! written. Each says in its metadata what it holds, so that what is there already is not sent again.

mod why;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest;
use bytes::Bytes;
use data_encoding::HEXLOWER;
use futures_util::TryStreamExt as _;
use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey};
use object_store::path::Path;
use object_store::{
    Attribute, Attributes, ClientOptions, Error, GetOptions, MultipartUpload, ObjectMeta,
    ObjectStore as _, ObjectStoreExt as _, PutMultipartOptions, PutOptions, RetryConfig,
};
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};

use super::manifest::MANIFESTS;
use super::place::Place;
use super::{LakeError, Manifest};

/// What an object that is longer is sent in, bytes. Stores take no less but for the last, and 10,000.
const PIECE: usize = 16 << 20;
/// How long one request may take.
const TIMEOUT: Duration = Duration::from_mins(2);
/// How often a request is tried again, with longer and longer pauses: some six seconds together.
const RETRIES: usize = 6;
/// Where an object says what it holds.
const HASH: Attribute = Attribute::Metadata(Cow::Borrowed("sha256"));

/// A bucket, or what of it begins with a prefix. Cheap to clone.
#[derive(Clone)]
pub struct Bucket {
    store: Arc<AmazonS3>,
    name: String,
    prefix: Path,
    piece: usize,
}

impl fmt::Display for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let slash = if self.prefix.as_ref().is_empty() { "" } else { "/" };
        write!(f, "s3://{}{slash}{}", self.name, self.prefix)
    }
}

impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bucket({self})")
    }
}

impl Bucket {
    /// The bucket of an address, `s3://BUCKET/PREFIX`, with the endpoint and the credentials that
    /// environment variables name, as for other programs (`AWS_…`).
    ///
    /// # Errors
    /// When they cannot be meant. Nothing is asked yet.
    pub fn open(
        address: &str,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, LakeError> {
        let (name, prefix) = parts(address)?;
        let mut builder = AmazonS3Builder::new()
            .with_client_options(ClientOptions::new().with_timeout(TIMEOUT))
            .with_retry(RetryConfig { max_retries: RETRIES, ..RetryConfig::default() });
        for (key, value) in variables {
            if key.starts_with("AWS_")
                && !value.is_empty()
                && let Ok(key) = key.to_ascii_lowercase().parse::<AmazonS3ConfigKey>()
            {
                builder = builder.with_config(key, value);
            }
        }
        let endpoint = builder
            .get_config_value(&AmazonS3ConfigKey::S3Endpoint)
            .or_else(|| builder.get_config_value(&AmazonS3ConfigKey::Endpoint));
        // It is told when a request fails.
        if endpoint.is_some_and(|endpoint| endpoint.contains('@')) {
            return Err(refused("credentials do not belong in AWS_ENDPOINT_URL"));
        }
        let store = builder
            .with_bucket_name(name)
            // Not every store can do it, and there is little to delete.
            .with_disable_bulk_delete(true)
            .build()
            .map_err(|error| refused(&format!("what AWS_… variables say is wrong: {error}")))?;
        Ok(Self { store: Arc::new(store), name: name.to_owned(), prefix, piece: PIECE })
    }

    /// Sends what is longer in pieces of so many bytes.
    #[must_use]
    pub fn in_pieces_of(mut self, bytes: usize) -> Self {
        self.piece = bytes.max(1);
        self
    }

    pub(super) fn own(&self, code: &str) -> Own {
        Own { bucket: self.clone(), code: code.to_owned() }
    }

    fn at(&self, name: &str) -> Path {
        name.split('/').fold(self.prefix.clone(), Path::join)
    }

    fn failed(&self, name: &str, error: &Error) -> LakeError {
        LakeError::Object(format!("{self}/{name}"), why::why(error))
    }

    /// Makes an object hold what a file does.
    pub(super) async fn put_file(&self, name: &str, file: std::fs::File) -> Result<(), LakeError> {
        let mut file = File::from_std(file);
        let hash = hash(&mut file).await?;
        if self.holds(name, &hash).await? {
            return Ok(());
        }
        let mut attributes = Attributes::new();
        attributes.insert(HASH, hash.into());
        let first = piece(&mut file, self.piece).await?;
        if first.len() < self.piece {
            let options = PutOptions { attributes, ..PutOptions::default() };
            let put = self.store.put_opts(&self.at(name), first.into(), options).await;
            return put.map(|_| ()).map_err(|error| self.failed(name, &error));
        }
        let options = PutMultipartOptions { attributes, ..PutMultipartOptions::default() };
        let begun = self.store.put_multipart_opts(&self.at(name), options).await;
        let mut upload = begun.map_err(|error| self.failed(name, &error))?;
        let sent = self.send(name, upload.as_mut(), first, &mut file).await;
        if sent.is_err() {
            // Nobody sees the pieces; what of them stays is for a rule of the bucket.
            let _ = upload.abort().await;
        }
        sent
    }

    async fn send(
        &self,
        name: &str,
        upload: &mut dyn MultipartUpload,
        first: Bytes,
        file: &mut File,
    ) -> Result<(), LakeError> {
        let failed = |error| self.failed(name, &error);
        let mut next = first;
        while !next.is_empty() {
            upload.put_part(next.into()).await.map_err(failed)?;
            next = piece(file, self.piece).await?;
        }
        upload.complete().await.map(|_| ()).map_err(failed)
    }

    /// Whether an object is there and holds that. It is asked and not the manifest, which does not
    /// know what a run that was cut off has sent.
    async fn holds(&self, name: &str, hash: &str) -> Result<bool, LakeError> {
        let options = GetOptions { head: true, ..GetOptions::default() };
        match self.store.get_opts(&self.at(name), options).await {
            Ok(found) => Ok(found.attributes.get(&HASH).is_some_and(|it| it.as_ref() == hash)),
            Err(Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(self.failed(name, &error)),
        }
    }
}

fn refused(why: &str) -> LakeError {
    LakeError::Address(why.to_owned())
}

/// The name of a bucket and a prefix. What is wrong is not repeated: it may be a secret.
fn parts(address: &str) -> Result<(&str, Path), LakeError> {
    let rest = address
        .strip_prefix("s3://")
        .ok_or_else(|| refused("a lake is a folder or s3://BUCKET/PREFIX"))?;
    let (name, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-');
    if !(3..=63).contains(&name.len()) || !name.bytes().all(plain) {
        return Err(refused(
            "s3:// is followed by the name of a bucket, which has 3 to 63 of a-z, 0-9, . and -",
        ));
    }
    // What every store takes as it is; also, a question mark would be a habit from other addresses.
    let safe = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.=".contains(&byte);
    match Path::parse(prefix) {
        // A slash before the first part is passed over when a path is read.
        Ok(path) if prefix.bytes().all(safe) && !prefix.starts_with('/') => Ok((name, path)),
        _ => Err(refused(
            "after the bucket's name come parts of a-z, A-Z, 0-9, -, _, . and = between /",
        )),
    }
}

fn unreadable(error: std::io::Error) -> LakeError {
    LakeError::File("a temporary file".to_owned(), error)
}

/// Hash of a file, which is at its beginning afterwards.
async fn hash(file: &mut File) -> Result<String, LakeError> {
    file.rewind().await.map_err(unreadable)?;
    let mut hash = digest::Context::new(&digest::SHA256);
    loop {
        let read = piece(file, 1 << 20).await?;
        if read.is_empty() {
            break;
        }
        hash.update(&read);
    }
    file.rewind().await.map_err(unreadable)?;
    Ok(HEXLOWER.encode(hash.finish().as_ref()))
}

/// What of a file comes next, empty at its end.
async fn piece(file: &mut File, most: usize) -> Result<Bytes, LakeError> {
    let mut read = Vec::new();
    file.take(most as u64).read_to_end(&mut read).await.map_err(unreadable)?;
    Ok(read.into())
}

/// A municipality's part of a bucket.
pub(super) struct Own {
    bucket: Bucket,
    code: String,
}

impl Own {
    fn manifest_name(&self) -> String {
        format!("{MANIFESTS}/{}.json", self.code)
    }

    /// What the last run that came to its end has written.
    pub(super) async fn manifest(&self) -> Result<Option<Manifest>, LakeError> {
        let name = self.manifest_name();
        let failed = |error| self.bucket.failed(&name, &error);
        let text = match self.bucket.store.get(&self.bucket.at(&name)).await {
            Ok(found) => found.bytes().await.map_err(failed)?,
            Err(error @ Error::NotFound { .. }) if !why::is_without_bucket(&error) => {
                return Ok(None);
            }
            Err(error) => return Err(failed(error)),
        };
        Manifest::read(&text, &self.code, &format!("{}/{name}", self.bucket))
    }

    fn root(&self, table: &str) -> String {
        format!("{table}/municipality={}", self.code)
    }

    /// Where a partition is.
    pub(super) fn place(&self, table: &str, month: Option<&str>) -> Place {
        let root = self.root(table);
        let name = month.map_or_else(|| root.clone(), |month| format!("{root}/month={month}"));
        Place::in_bucket(self.bucket.clone(), name)
    }

    /// Removes what is in no partition of the manifest.
    pub(super) async fn sweep(
        &self,
        tables: &BTreeSet<&str>,
        manifest: &Manifest,
    ) -> Result<(), LakeError> {
        for table in tables {
            let name = self.root(table);
            let root = self.bucket.at(&name);
            let listed = self.bucket.store.list(Some(&root)).try_collect().await;
            let listed: Vec<ObjectMeta> =
                listed.map_err(|error| self.bucket.failed(&name, &error))?;
            for object in listed {
                let Some(below) = object.location.prefix_match(&root) else { continue };
                let below: Vec<String> = below.map(|part| part.as_ref().to_owned()).collect();
                let keep = match below.as_slice() {
                    [file] => manifest.has(table, "", file),
                    // What has another shape is others'.
                    [month, file] => month
                        .strip_prefix("month=")
                        .is_none_or(|month| manifest.has(table, month, file)),
                    _ => true,
                };
                if !keep {
                    let deleted = self.bucket.store.delete(&object.location).await;
                    let name = format!("{name}/{}", below.join("/"));
                    deleted.map_err(|error| self.bucket.failed(&name, &error))?;
                }
            }
        }
        Ok(())
    }

    /// Puts the manifest in its place: what it says is there from now on.
    pub(super) async fn finish(&self, manifest: &Manifest) -> Result<(), LakeError> {
        let name = self.manifest_name();
        let text = manifest.text().map_err(|error| LakeError::File(name.clone(), error))?;
        let put = self.bucket.store.put(&self.bucket.at(&name), text.into()).await;
        put.map(|_| ()).map_err(|error| self.bucket.failed(&name, &error))
    }
}

#[cfg(test)]
mod tests {
    use super::Bucket;

    fn open(address: &str, variables: &[(&str, &str)]) -> Result<String, String> {
        crate::server::install_crypto();
        let variables = variables.iter().map(|(key, value)| ((*key).into(), (*value).into()));
        let opened = Bucket::open(address, variables);
        opened.map(|bucket| format!("{bucket:?}")).map_err(|error| error.to_string())
    }

    #[test]
    fn an_address_is_a_bucket_and_a_prefix() {
        assert_eq!(open("s3://health/lake/", &[]).as_deref(), Ok("Bucket(s3://health/lake)"));
        assert_eq!(open("s3://health", &[]).as_deref(), Ok("Bucket(s3://health)"));
        assert_eq!(open("s3://a.b-3/x/y=z", &[]).as_deref(), Ok("Bucket(s3://a.b-3/x/y=z)"));
    }

    #[test]
    fn what_is_refused_is_not_repeated() {
        for address in [
            "gs://hemmelig/lake",
            "s3://",
            "s3://AKIA:hemmelig@health/lake",
            "s3://health/lake?secret=hemmelig",
            "s3://health//hemmelig",
        ] {
            let told = open(address, &[]).expect_err(address);
            assert!(!told.contains("hemmelig"), "{told}");
        }
        let half = open("s3://health", &[("AWS_SECRET_ACCESS_KEY", "hemmelig")]);
        assert!(half.is_err_and(|told| !told.contains("hemmelig")));
        for key in ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"] {
            let told = open("s3://health", &[(key, "https://u:hemmelig@store")]);
            assert!(told.is_err_and(|told| !told.contains("hemmelig")), "{key}");
        }
    }
}
