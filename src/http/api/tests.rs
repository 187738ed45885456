use super::problem::Code;

#[test]
fn codes_of_problems_are_words_and_each_is_used_once() {
    let mut words: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    for (word, code) in words.iter().zip(Code::ALL) {
        assert!(word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{word}");
        assert_eq!(Code::from_word(word), Some(*code));
        assert!(code.status().is_client_error() || code.status().is_server_error(), "{word}");
        assert!(!code.title().is_empty() && !code.title().ends_with('.'), "{word}");
    }
    words.sort_unstable();
    words.dedup();
    assert_eq!(words.len(), Code::ALL.len());
}
