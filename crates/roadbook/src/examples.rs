//! Every verb shows how it is used, and what it shows is what it takes.

use clap::{Command, CommandFactory, Parser};

use crate::Cli;

/// Words of a shell line: quotes keep what is between them together.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for letter in line.chars() {
        match quote {
            Some(open) if letter == open => quote = None,
            None if matches!(letter, '\'' | '"') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            None if letter == ' ' => words.extend(word.take()),
            _ => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

/// The lines of a help's examples: those between its heading and the next empty line.
fn examples(verb: &Command) -> Vec<String> {
    let help = verb.get_after_help().map(ToString::to_string).unwrap_or_default();
    let lines = help.lines().skip_while(|line| *line != "Examples:").skip(1);
    lines.take_while(|line| !line.is_empty()).map(|line| line.trim().to_owned()).collect()
}

/// The call of `roadbook` in an example: what stands before it in a pipe, a redirection or a remark beside it is not it.
fn call(example: &str) -> Option<Vec<String>> {
    let last = example.rsplit(" | ").next()?;
    let call = last.split_once("$(").map_or(last, |(_, inner)| inner);
    let end = ["   ", " < ", " > ", ")\""].iter().filter_map(|end| call.find(end)).min();
    let words = words(&call[..end.unwrap_or(call.len())]);
    (words.first()? == "roadbook").then_some(words)
}

/// Every verb with its words, parents before their verbs.
fn verbs(verb: &Command, path: &str, found: &mut Vec<(String, Command)>) {
    let path = format!("{path} {}", verb.get_name()).trim().to_owned();
    found.push((path.clone(), verb.clone()));
    verb.get_subcommands().for_each(|verb| verbs(verb, &path, found));
}

fn all() -> Vec<(String, Command)> {
    let mut found = Vec::new();
    verbs(&Cli::command(), "", &mut found);
    found
}

#[test]
fn every_verb_has_examples_of_its_own() {
    let lacks = |(path, verb): &(String, Command)| {
        let is_leaf = !verb.has_subcommands();
        let of_it = |example: &String| call(example).is_some_and(|call| is_call_of(&call, path));
        is_leaf && !examples(verb).iter().any(of_it)
    };
    let lacking: Vec<String> = all().into_iter().filter(lacks).map(|(path, _)| path).collect();
    assert_eq!(lacking, [""; 0], "give each an `Examples:` section in its after_help");
}

/// Whether the verb's words stand in the call, in their order, with options between them.
fn is_call_of(call: &[String], path: &str) -> bool {
    let mut call = call.iter();
    path.split(' ').all(|word| call.any(|it| it == word))
}

#[test]
fn every_example_is_taken_as_it_stands() {
    let mut count = 0;
    for (path, verb) in all() {
        for example in examples(&verb) {
            let call = call(&example).unwrap_or_else(|| panic!("{path}: `{example}` calls no roadbook"));
            let parsed = Cli::try_parse_from(&call);
            assert!(parsed.is_ok(), "{path}: `{example}`: {}", parsed.unwrap_err());
            count += 1;
        }
    }
    assert!(count > 100, "only {count} examples were found: the search for them is broken");
}
