/**
 * A larger Northwind: the sample's people, territories and products, and as many customers and orders of one rep as asked
 * for, always the same. Each customer becomes two records (account and contact), each order one.
 */
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";

import { customerName, customerTown, pick } from "./names.ts";

const SAMPLE = resolve(import.meta.dirname, "../../../../crates/roadbook/data/northwind");
const KEPT = [
  "categories",
  "employees",
  "employee_territories",
  "products",
  "regions",
  "shippers",
  "suppliers",
  "territories",
];
/** Nancy Davolio, who takes every order, so that every customer is hers. */
const REP = "1";

const GIVEN = [
  "Maria",
  "Ana",
  "Thomas",
  "Christina",
  "Hanna",
  "Martín",
  "Laurence",
  "Elizabeth",
  "Victoria",
  "Patricio",
];
const FAMILY = [
  "Anders",
  "Trujillo",
  "Hardy",
  "Berglund",
  "Moos",
  "Citeaux",
  "Sommer",
  "Lebihan",
  "Lincoln",
  "Ashworth",
  "Chang",
  "Yang",
];

function customerRow(number: number): string {
  const id = `C${String(number).padStart(5, "0")}`;
  const person = `${pick(GIVEN, number)} ${pick(FAMILY, number * 3)}`;
  const post = String(10_000 + (number % 80_000));
  const phone = `030-${String(1_000_000 + number)}`;
  return [
    id,
    customerName(number),
    person,
    "Owner",
    `High Street ${(number % 200) + 1}`,
    customerTown(number),
    "",
    post,
    "Germany",
    phone,
    "",
  ].join(",");
}

function orderRow(number: number, customers: number, newest: Date): string {
  const day = new Date(newest.getTime() - (number % 300) * 86_400_000).toISOString().slice(0, 10);
  const customer = number % customers;
  const id = `C${String(customer).padStart(5, "0")}`;
  return [
    String(100_000 + number),
    id,
    REP,
    day,
    day,
    "",
    "1",
    "3.5",
    customerName(customer),
    "",
    customerTown(customer),
    "",
    "",
    "Germany",
  ].join(",");
}

/** Writes the files into a new folder. */
export async function writeNorthwind(folder: string, customers: number, orders: number, newest: Date): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of KEPT) await copyFile(join(SAMPLE, `${name}.csv`), join(folder, `${name}.csv`));
  const customerRows = Array.from({ length: customers }, (_, number) => customerRow(number));
  const orderRows = Array.from({ length: orders }, (_, number) => orderRow(number, customers, newest));
  const lines = Array.from(
    { length: orders },
    (_, number) => `${100_000 + number},${(number % 77) + 1},12.5,${(number % 40) + 1},0`,
  );
  const write = (name: string, head: string, rows: readonly string[]): Promise<void> =>
    writeFile(join(folder, `${name}.csv`), `${[head, ...rows].join("\n")}\n`);
  await write(
    "customers",
    "customer_id,company_name,contact_name,contact_title,address,city,region,postal_code,country,phone,fax",
    customerRows,
  );
  await write(
    "orders",
    "order_id,customer_id,employee_id,order_date,required_date,shipped_date,ship_via,freight,ship_name,ship_address,ship_city,ship_region,ship_postal_code,ship_country",
    orderRows,
  );
  await write("order_details", "order_id,product_id,unit_price,quantity,discount", lines);
}
