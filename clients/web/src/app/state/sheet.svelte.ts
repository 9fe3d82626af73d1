/** Whether the sheet that says what is where is open: the chip in the header opens it, and so do other places. */
class SyncSheetState {
  open: boolean = $state(false);
}

export const syncSheet = new SyncSheetState();
