/** What was searched for last: it is still there when one comes back from a result. */
class Search {
  text: string = $state("");
}

export const search = new Search();
