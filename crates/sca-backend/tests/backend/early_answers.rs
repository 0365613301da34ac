//! Answers that are ready before the request is over. A caller that only reads after it has written everything, as most do, gets them all the
//! same: the rest of the body is read on, within bounds.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{API_KEY, serve, waiting::within, weavr_env, wise_configuration};

const MEGABYTE: usize = 1024 * 1024;

/// Starts a backend, and returns its address.
async fn address() -> String {
    let mut config = wise_configuration("http://127.0.0.1:9", "v1");
    config.weavr = Some(weavr_env::weavr_config("http://127.0.0.1:9/multi"));
    let served = serve(&config).await;
    served.base_url.strip_prefix("http://").unwrap().to_owned()
}

/// The head of a response, and its status.
async fn head(stream: &mut TcpStream) -> (u16, String) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(within("the head of an answer", stream.read_u8()).await.unwrap());
    }
    let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head)
}

/// Reads a whole response with a `Content-Length`.
async fn answer(stream: &mut TcpStream) -> u16 {
    let (status, head) = head(stream).await;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.unwrap().parse().unwrap()];
    within("an answer", stream.read_exact(&mut body)).await.unwrap();
    status
}

fn request(line: &str, headers: &str, length: usize) -> String {
    format!("{line} HTTP/1.1\r\nhost: localhost\r\n{headers}content-length: {length}\r\n\r\n")
}

#[tokio::test]
async fn a_caller_that_writes_its_whole_request_first_gets_the_answer_and_keeps_its_connection() {
    let address = address().await;
    let json = "content-type: application/json\r\n";
    let key = "idempotency-key: 0123456789abcdef";
    let partner = format!("x-api-key: {API_KEY}\r\nauthorization: bearer {API_KEY}\r\n{key}\r\n{json}");
    let foreign = format!("origin: https://elsewhere.example\r\n{json}");
    for (line, headers, length, status) in [
        ("POST /gate/wise/v1/transfers", partner.as_str(), 8 * MEGABYTE, 413),
        ("POST /gate/wise/v1/transfers", json, 2 * MEGABYTE, 401),
        ("POST /v1/approvals", json, 100_000, 401),
        ("POST /v1/approvals", &partner, 100_000, 413),
        ("POST /v1/approvals", "", 2 * MEGABYTE, 401),
        ("PUT /v1/approvals", &partner, 2 * MEGABYTE, 405),
        ("POST /nothing", &partner, 2 * MEGABYTE, 404),
        ("POST /v1/approval/appr_1/verify", &foreign, 2 * MEGABYTE, 403),
        ("POST /webhooks/weavr", json, 2 * MEGABYTE, 401),
        ("POST /webhooks/weavr", json, 20_000, 401),
    ] {
        for _ in 0..5 {
            let mut stream = TcpStream::connect(&address).await.unwrap();
            let writing = async {
                let head = request(line, headers, length);
                stream.write_all(head.as_bytes()).await?;
                stream.write_all(&vec![b' '; length]).await
            };
            let written = within("a request", writing).await;
            assert!(written.is_ok(), "{line}, {length} bytes: {written:?}");
            assert_eq!(answer(&mut stream).await, status, "{line}, {length} bytes");
            stream
                .write_all(request("GET /healthz", "", 0).as_bytes())
                .await
                .unwrap();
            assert_eq!(answer(&mut stream).await, 200, "the next request, after {line}");
        }
    }
}

#[tokio::test]
async fn a_caller_that_waits_to_be_asked_for_its_body_is_refused_without_sending_it() {
    let mut stream = TcpStream::connect(address().await).await.unwrap();
    let head = request("POST /v1/approvals", "expect: 100-continue\r\n", 8 * MEGABYTE);
    stream.write_all(head.as_bytes()).await.unwrap();
    assert_eq!(answer(&mut stream).await, 401);
    let mut rest = Vec::new();
    within("the end of the connection", stream.read_to_end(&mut rest))
        .await
        .unwrap();
    assert!(rest.is_empty(), "the backend asked for the body");
}

#[tokio::test]
async fn a_body_without_an_end_is_not_read_for_ever() {
    let mut stream = TcpStream::connect(address().await).await.unwrap();
    let head = request("POST /v1/approvals", "", 1024 * MEGABYTE);
    stream.write_all(head.as_bytes()).await.unwrap();
    let block = vec![b' '; MEGABYTE];
    let mut written = 0;
    while within("a write", stream.write_all(&block)).await.is_ok() {
        written += 1;
        assert!(written < 64, "the backend reads on for ever");
    }
}
