/** What customers of the bench are called, for the files that are imported and for the page beside. */
const FIRST = [
  "Blue",
  "Old",
  "North",
  "Green",
  "Royal",
  "Corner",
  "River",
  "Sunny",
  "Grand",
  "Little",
  "Golden",
  "Stone",
  "Market",
  "Harbour",
  "Silver",
  "Maple",
  "Upper",
  "Lower",
  "Red",
  "White",
];
const SECOND = [
  "Lion",
  "Bridge",
  "Garden",
  "Mill",
  "Anchor",
  "Kitchen",
  "Table",
  "Orchard",
  "Barrel",
  "Oven",
  "Star",
  "Fountain",
  "Gate",
  "Cellar",
  "Basket",
  "Hearth",
  "Tower",
  "Meadow",
  "Wheel",
  "Crown",
];
const TRADE = [
  "Foods",
  "Delicatessen",
  "Bistro",
  "Stores",
  "Market",
  "Catering",
  "Restaurant",
  "Bakery",
  "Trading",
  "Hotel",
];
const TOWN = [
  "Berlin",
  "London",
  "Madrid",
  "Lyon",
  "Seattle",
  "Portland",
  "Bern",
  "Graz",
  "Turin",
  "Lisbon",
  "Oslo",
  "Malmö",
  "Århus",
  "Kraków",
  "Gent",
  "Cork",
];
/** The element for a number; numbers that follow each other give different ones. */
export function pick(words: readonly string[], number: number): string {
  return words[number % words.length] ?? "";
}

/** What a customer is called. Every word of it is shared by many, as in life. */
export function customerName(number: number): string {
  const trade = pick(TRADE, number * 7);
  return `${pick(FIRST, number)} ${pick(SECOND, Math.floor(number / FIRST.length))} ${trade} ${number}`;
}

export function customerTown(number: number): string {
  return pick(TOWN, number * 5);
}
