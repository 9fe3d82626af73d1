//! Who may do what.

use roadbook_model::kind::{FieldSpec, FieldType, KindSpec, Write};
use roadbook_model::permission::{may_create, may_request, may_write};
use roadbook_model::rule::check_founding;
use roadbook_model::{Kind, Role, Value, Verb, Writer};

use crate::support::Done;

#[test]
fn managers_create_what_its_kind_lets_them_and_none_of_what_reps_sell_by() {
    let created = |kind| may_create(Role::Manager, kind);
    assert!([Kind::TASK, Kind::COMMENT, Kind::CASE, Kind::RUN].into_iter().all(created));
    let reps = [Kind::ACCOUNT, Kind::CONTACT, Kind::VISIT, Kind::ORDER, Kind::OPPORTUNITY, Kind::CALL];
    assert!(!reps.into_iter().any(created));
    for role in [Role::Rep, Role::Office, Role::Admin] {
        assert!(Kind::all().all(|kind| may_create(role, kind)));
    }
}

#[test]
fn a_field_is_written_by_those_whom_its_write_names() {
    let spec: &KindSpec = Kind::TASK.spec();
    let may = |write, role, is_creator, creating| {
        let field = FieldSpec::new("x", FieldType::Bool, "A field.").write(write);
        may_write(&Writer { role, is_creator, creating }, spec, &field)
    };
    assert!(may(Write::Holder, Role::Rep, false, false));
    assert!(may(Write::Holder, Role::Manager, false, false));
    assert!(may(Write::Creator, Role::Rep, true, false));
    assert!(!may(Write::Creator, Role::Rep, false, false));
    assert!(may(Write::Creator, Role::Office, false, false));
    assert!(!may(Write::Office, Role::Rep, true, false));
    assert!(may(Write::Office, Role::Admin, false, false));
    assert!(!may(Write::Office, Role::Rep, true, true));
    assert!(may(Write::Founder, Role::Rep, true, true));
    assert!(!may(Write::Founder, Role::Rep, true, false));
    assert!(may(Write::Founder, Role::Office, false, false));
    assert!(!may(Write::Once, Role::Admin, true, false));
}

#[test]
fn who_makes_a_record_says_all_of_it_but_what_is_the_offices() {
    let writer = |role| Writer { role, is_creator: true, creating: true };
    for field in Kind::ACCOUNT.spec().fields {
        let is_founders = field.write != Write::Office;
        assert_eq!(may_write(&writer(Role::Rep), Kind::ACCOUNT.spec(), field), is_founders, "{}", field.name);
        assert!(may_write(&writer(Role::Office), Kind::ACCOUNT.spec(), field));
        assert!(!may_write(&writer(Role::Manager), Kind::ACCOUNT.spec(), field));
    }
}

#[test]
fn decisions_are_asked_for_by_those_whom_the_table_names() {
    for role in Role::ALL {
        assert!(may_request(role, Verb::Submit, false));
        for verb in [Verb::Accept, Verb::Reject] {
            assert_eq!(may_request(role, verb, true), role.is_office());
        }
        assert!(!may_request(role, Verb::Review, true));
        for verb in [Verb::Approve, Verb::Decline, Verb::KeepPrice] {
            assert_eq!(may_request(role, verb, true), role != Role::Rep);
        }
        assert_eq!(may_request(role, Verb::TakePrice, false), role != Role::Rep);
        assert!(may_request(role, Verb::TakePrice, true));
        for verb in [Verb::Cancel, Verb::Reopen] {
            assert_eq!(may_request(role, verb, false), role.is_office());
            assert!(may_request(role, verb, true));
        }
    }
}

#[test]
fn roles_and_verbs_are_read_from_their_words() -> Done {
    for role in Role::ALL {
        assert_eq!(role.as_str().parse::<Role>()?, role);
        assert_eq!(serde_json::to_value(role)?, role.as_str());
    }
    for verb in Verb::ALL {
        assert_eq!(verb.as_str().parse::<Verb>()?, verb);
        assert_eq!(serde_json::to_value(verb)?, verb.as_str());
    }
    assert!("boss".parse::<Role>().is_err());
    assert!("ship".parse::<Verb>().is_err());
    Ok(())
}

#[test]
fn what_an_account_pays_and_may_owe_is_the_offices_from_the_first_day() -> Done {
    let said = |name: &str, value| roadbook_model::Fields::from([(name.to_owned(), value)]);
    let found = |role, fields: &_| check_founding(Kind::ACCOUNT.spec(), role, fields);
    for name in ["segment", "price_list", "loyalty_tier", "payment_terms"] {
        let fields = said(name, Value::Str("A".to_owned()));
        let refused = found(Role::Rep, &fields).unwrap_err();
        assert_eq!((refused.code, refused.path), ("not_permitted", vec![name.to_owned()]));
        found(Role::Office, &fields)?;
        found(Role::Rep, &said(name, Value::Null))?;
    }
    for name in ["credit_limit_minor", "owed_minor"] {
        assert!(found(Role::Rep, &said(name, Value::Int(1))).is_err());
    }
    found(Role::Rep, &said("currency", Value::Str("EUR".to_owned())))?;
    Ok(())
}
