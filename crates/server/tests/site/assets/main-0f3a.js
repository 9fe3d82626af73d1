console.log("once, twice, once, twice");
