//! The schema says what the model says, and says it in words.

use std::collections::BTreeMap;

use roadbook_model::Kind;
use roadbook_model::kind::{FieldSpec, FieldType};

use crate::support::Database;

/// The SQL type of a field.
fn sql_type(ty: &FieldType) -> &'static str {
    match ty {
        FieldType::Str { .. } | FieldType::Text { .. } | FieldType::Enum(_) | FieldType::Code { .. } => {
            "text"
        }
        FieldType::Id => "uuid",
        FieldType::Date => "date",
        FieldType::Int { .. } => "bigint",
        FieldType::Bool => "boolean",
        FieldType::Timestamp => "timestamp with time zone",
        FieldType::Items(_) => "a table of its own",
    }
}

#[tokio::test]
async fn every_field_of_every_kind_has_its_column() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let rows: Vec<(String, String, String)> = sqlx::query_as(
        "select table_name::text, column_name::text, data_type::text from information_schema.columns
         where table_schema = 'record'",
    )
    .fetch_all(store.pool())
    .await
    .unwrap();
    let columns: BTreeMap<(String, String), String> =
        rows.into_iter().map(|(table, column, ty)| ((table, column), ty)).collect();
    let expect = |table: &str, name: &str, ty: &str| {
        let found = columns.get(&(table.to_owned(), name.to_owned()));
        assert_eq!(found.map(String::as_str), Some(ty), "{table}.{name}; add a migration");
    };
    let always = [("id", "uuid"), ("account_id", "uuid"), ("creator_id", "uuid"), ("log_position", "bigint")];
    let times = ["created_at", "changed_at"];
    for kind in Kind::all() {
        let spec = kind.spec();
        always.iter().for_each(|(name, ty)| expect(spec.table, name, ty));
        times.iter().for_each(|name| expect(spec.table, name, "timestamp with time zone"));
        for field in spec.fields {
            match field.items() {
                Some(inner) => {
                    let table = format!("{}_{}", spec.name, field.name);
                    expect(&table, "id", "uuid");
                    inner
                        .iter()
                        .for_each(|field: &FieldSpec| expect(&table, field.name, sql_type(&field.ty)));
                }
                None => expect(spec.table, field.name, sql_type(&field.ty)),
            }
        }
    }
}

#[tokio::test]
async fn every_table_column_and_index_says_what_it_is() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let silent: Vec<String> = sqlx::query_scalar(
        "select relation.oid::regclass::text || coalesce('.' || attribute.attname, '')
         from pg_class relation
         left join pg_attribute attribute on attribute.attrelid = relation.oid and attribute.attnum > 0
             and not attribute.attisdropped and relation.relkind in ('r', 'v')
         where relation.relnamespace::regnamespace::text in ('org', 'log', 'sync', 'record')
           and relation.relkind in ('r', 'v', 'i')
           and not exists (select from pg_constraint where conindid = relation.oid)
           and (col_description(relation.oid, attribute.attnum) is null and attribute.attnum is not null
                or obj_description(relation.oid) is null)",
    )
    .fetch_all(store.pool())
    .await
    .unwrap();
    assert_eq!(silent, [""; 0], "comment on them in the migration");
}
