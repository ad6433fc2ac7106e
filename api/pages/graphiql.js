/* Starts GraphiQL on the page /graphiql. Served at /graphiql/app.js, so that no script stands in the page. */
(function () {
  "use strict";

  const PATIENCE = 8000; // ms before the page says that the files are late

  const FIRST_QUERY = `# What lets KR and VN make television together?
{
  cooperation(between: ["KR", "VN"], medium: TELEVISION) {
    pairs {
      bothPartyToConvention
      openOpportunities
      agreements {
        title
        kind
        status
        signedOn
        provenance {
          source
          verified
        }
      }
    }
    competentAuthorities {
      name
      country {
        code
      }
      website
    }
    opportunities(first: 10) {
      totalCount
      nodes {
        title
        kind
        deadline
        leadInstitution {
          name
          country {
            name
          }
        }
        funding {
          maximum
          currency
          covers
        }
      }
    }
  }
}
`;

  const NEW_TAB = `# Ctrl-Space completes a name, Ctrl-Enter runs the query.
# The book at the left is the whole contract.
`;

  /* A guide may link to /graphiql?query=…&variables=…; it is shown, never run by itself. */
  function firstTab() {
    const asked = new URLSearchParams(window.location.search);
    return asked.has("query")
      ? { query: asked.get("query"), variables: asked.get("variables") || "" }
      : null;
  }

  function fetcher() {
    const socket = new URL("/graphql", window.location.href);
    socket.protocol = socket.protocol === "https:" ? "wss:" : "ws:";
    return GraphiQL.createFetcher({
      url: "/graphql",
      headers: { Accept: "application/graphql-response+json, application/json;q=0.9" },
      subscriptionUrl: socket.href, // the headers typed in GraphiQL go along as connection parameters
      enableIncrementalDelivery: false, // neither @defer nor multipart answers
    });
  }

  /* The browser's storage, but nothing typed as a header is kept in it: it may be a token. GraphiQL's history
     keeps headers whatever `shouldPersistHeaders` says. */
  function storage() {
    const kept = window.localStorage;
    const withoutHeaders = (key, value) => (key === "headers" ? undefined : value);
    return {
      get length() {
        return kept.length;
      },
      getItem: (key) => kept.getItem(key),
      setItem(key, value) {
        if (key === "graphiql:headers") return;
        const listed = key === "graphiql:queries" || key === "graphiql:favorites";
        kept.setItem(key, listed ? JSON.stringify(JSON.parse(value, withoutHeaders)) : value);
      },
      removeItem: (key) => kept.removeItem(key),
      clear() {
        const ours = Object.keys(kept).filter((key) => key.startsWith("graphiql:"));
        for (const key of ours) kept.removeItem(key);
      },
    };
  }

  function open(place) {
    const asked = firstTab();
    const home = React.createElement("a", { className: "balai-name", href: "/" }, "Balai");
    const page = React.createElement(
      GraphiQL,
      {
        fetcher: fetcher(),
        defaultQuery: NEW_TAB,
        defaultTabs: [{ query: FIRST_QUERY }],
        query: asked ? asked.query : undefined,
        variables: asked ? asked.variables : undefined,
        storage: storage(),
        shouldPersistHeaders: false,
        showPersistHeadersSettings: false,
      },
      React.createElement(GraphiQL.Logo, null, home),
    );
    ReactDOM.createRoot(place).render(page);
  }

  function loaded() {
    return ["React", "ReactDOM", "GraphiQL"].every((name) => typeof window[name] !== "undefined");
  }

  /* Either GraphiQL's place is seen, or the note on what went wrong. */
  function show(good) {
    document.getElementById("graphiql").hidden = !good;
    document.getElementById("trouble").hidden = good;
  }

  const late = window.setTimeout(() => show(false), PATIENCE);

  // Comes after the deferred scripts, whether they arrived or not.
  document.addEventListener("DOMContentLoaded", () => {
    window.clearTimeout(late);
    show(loaded());
    if (loaded()) open(document.getElementById("graphiql"));
  });
})();
